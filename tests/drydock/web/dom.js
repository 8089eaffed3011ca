// Elements. Text from the service becomes text here, and never HTML; positions are set as properties, since
// the page's policy forbids style attributes.

export const byId = (id) => document.getElementById(id);

// el('p', {class: 'muted'}, 'text', otherElement); an attribute that is a function listens, false is left out.
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value !== false && value !== undefined) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children);
  return element;
}

// Only what has changed is touched: a screen reader is told again of everything that is.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (value === null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

const kept = new WeakMap();

// Makes `parent` have one child for each item, in order. A child stays the same element for as long as its key
// is there, so that focus, selection and what was opened stay too.
export function keyed(parent, items, keyOf, make, update = () => {}) {
  const had = kept.get(parent) ?? new Map();
  const has = new Map();
  for (const item of items) {
    const key = keyOf(item);
    has.set(key, had.get(key) ?? make(item));
    update(has.get(key), item);
  }
  for (const [key, child] of had) if (!has.has(key)) child.remove();
  let at = parent.firstElementChild;
  for (const child of has.values()) {
    if (child === at) at = at.nextElementSibling;
    else parent.insertBefore(child, at);
  }
  kept.set(parent, has);
  return has;
}

// Terms and descriptions of a <dl>; `pairs` has [term, text or element].
export function setFacts(list, pairs) {
  keyed(list, pairs, ([term]) => term,
    ([term]) => el('div', {}, el('dt', {}, term), el('dd')),
    (row, [, value]) => {
      if (typeof value === 'string') setText(row.lastChild, value);
      else if (!row.lastChild.firstChild?.isEqualNode(value)) row.lastChild.replaceChildren(value);
    });
}
