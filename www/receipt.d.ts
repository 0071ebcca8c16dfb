/**
 * `<segel-receipt src owner>`: what a customer can do later with the receipt. The key stands behind `#` of the page's address, which the element
 * takes out of it; it tells the page nothing.
 */
export interface SegelReceiptElement extends HTMLElement {}

declare global {
  interface HTMLElementTagNameMap {
    "segel-receipt": SegelReceiptElement;
  }
}
