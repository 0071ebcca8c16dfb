/**
 * `<segel-receipt src owner>`: what a customer can do later with the receipt. The key stands behind `#` of the page's address, which the element
 * takes out of it; it tells the page nothing. The server answers it only on a page of its own origin.
 */
export interface SegelReceiptElement extends HTMLElement {}

declare global {
  interface HTMLElementTagNameMap {
    "segel-receipt": SegelReceiptElement;
  }
}
