//! The one door to the page. Elements, text and listeners go through here; HTML is never parsed, no connection is opened, nothing
//! is stored. Text is always text, whoever wrote it.

use wasm_bindgen::prelude::*;
use web_sys::{Document, Element, Event, EventTarget, HtmlElement, HtmlInputElement, Node};

/// A listener that removes itself when dropped, so that a form taken out of a page leaves nothing behind.
pub struct Listener {
    target: EventTarget,
    kind: &'static str,
    closure: Closure<dyn FnMut(Event)>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let function = self.closure.as_ref().unchecked_ref();
        // Removing fails only for arguments that cannot occur.
        let _ = self.target.remove_event_listener_with_callback(self.kind, function);
    }
}

/// Calls `act` on each event of that kind for as long as the listener lives.
pub fn listen(target: &EventTarget, kind: &'static str, act: impl FnMut(Event) + 'static) -> Listener {
    listen_boxed(target, kind, Box::new(act))
}

/// One copy for all closures: each kind of closure that crosses the border costs glue in the customer's download.
#[inline(never)]
fn listen_boxed(target: &EventTarget, kind: &'static str, act: Box<dyn FnMut(Event)>) -> Listener {
    let closure = Closure::wrap(act);
    let function: &JsValue = closure.as_ref();
    let _ = target.add_event_listener_with_callback(kind, function.unchecked_ref());
    Listener { target: target.clone(), kind, closure }
}

/// An element without content. `tag` is one of our own constants, which no browser refuses.
#[must_use]
#[inline(never)]
pub fn make(tag: &str) -> Element {
    document().create_element(tag).unwrap_throw()
}

/// An element with text.
#[must_use]
#[inline(never)]
pub fn make_text(tag: &str, text: &str) -> Element {
    let element = make(tag);
    element.set_text_content(Some(text));
    element
}

/// An element of a drawing.
#[must_use]
#[inline(never)]
pub fn make_svg(tag: &str) -> Element {
    document().create_element_ns(Some("http://www.w3.org/2000/svg"), tag).unwrap_throw()
}

/// Sets an attribute. Never called with what a person typed.
#[inline(never)]
pub fn set(element: &Element, name: &str, value: &str) {
    let _ = element.set_attribute(name, value);
}

/// Takes an attribute away.
#[inline(never)]
pub fn unset(element: &Element, name: &str) {
    let _ = element.remove_attribute(name);
}

/// Puts children at the end, in order.
#[inline(never)]
pub fn append(parent: &Node, children: &[&Element]) {
    for child in children {
        let _ = parent.append_child(child);
    }
}

/// Takes every child out. They live on where somebody holds them.
#[inline(never)]
pub fn clear(parent: &Node) {
    parent.set_text_content(None);
}

/// Shows or hides an element from everybody, screen readers included.
#[inline(never)]
pub fn show(element: &Element, visible: bool) {
    if visible { unset(element, "hidden") } else { set(element, "hidden", "") }
}

/// Moves the keyboard's focus; an element that cannot take it is made able to.
#[inline(never)]
pub fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        if element.tab_index() < 0 && !element.has_attribute("tabindex") {
            set(element, "tabindex", "-1");
        }
        let _ = element.focus();
    }
}

/// An input of that type.
#[must_use]
#[inline(never)]
pub fn make_input(kind: &str) -> HtmlInputElement {
    let input: HtmlInputElement = make("input").unchecked_into();
    input.set_type(kind);
    input
}

fn document() -> Document {
    web_sys::window().and_then(|window| window.document()).unwrap_throw()
}
