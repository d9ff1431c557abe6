// web/mirror.mjs: the program's mirror as HTML.
//
// apply() makes the elements below `root` say what the list of nodes says, changing only what differs, so
// that a reader's place and the keyboard's focus survive. What is done to an element is posted back with
// the id of its node.

const TAGS = {
  region: 'section', heading: 'h2', text: 'p', status: 'p', log: 'pre', button: 'button', toggle: 'button',
  slider: 'input', textbox: 'input', choice: 'select', option: 'option', table: 'table', row: 'tr',
  headercell: 'th', cell: 'td', list: 'ul', item: 'li',
};

export class MirrorView {
  // post(id, kind, value): hands an action to the program.
  constructor(root, post) {
    this.root = root;
    this.post = post;
    this.elements = new Map();
    const idOf = event => event.target.closest('[data-id]')?.dataset.id;
    root.addEventListener('click', event => {
      const button = event.target.closest('button');
      if (button && !button.disabled) post(button.dataset.id, 'click', '');
    });
    root.addEventListener('input', event => {
      if (event.target.type === 'range') post(idOf(event), 'set', event.target.value);
    });
    root.addEventListener('change', event => {
      if (event.target.type !== 'range') post(idOf(event), 'set', event.target.value);
    });
    root.addEventListener('focusin', event => post(idOf(event) ?? '', 'focus', ''));
    root.addEventListener('focusout', event => post(idOf(event) ?? '', 'blur', ''));
  }

  apply(nodes) {
    const wanted = new Set(nodes.map(node => node.id));
    for (const [id, element] of this.elements) {
      if (wanted.has(id)) continue;
      element.remove();
      this.elements.delete(id);
    }
    const parents = [this.root];
    const next = [this.root.firstChild];
    for (const node of nodes) {
      parents.length = next.length = node.depth + 1;
      const parent = parents[node.depth];
      const element = this.element(node);
      if (next[node.depth] === element) {
        next[node.depth] = element.nextSibling;
      } else {
        parent.insertBefore(element, next[node.depth]);
      }
      this.update(element, node);
      parents.push(element);
      next.push(element.words ? element.words.nextSibling : element.firstChild);
    }
  }

  element(node) {
    const known = this.elements.get(node.id);
    if (known?.role_ === node.role) return known;
    known?.remove();
    const element = document.createElement(node.id === 'title' ? 'h1' : TAGS[node.role] ?? 'p');
    element.role_ = node.role;
    element.dataset.id = node.id;
    if (node.role === 'button' || node.role === 'toggle') element.type = 'button';
    if (node.role === 'slider') element.type = 'range';
    if (node.role === 'textbox') element.type = 'text';
    if (node.role === 'headercell') element.scope = 'col';
    if (node.role === 'status') element.setAttribute('role', 'status');
    if (node.role === 'log') element.setAttribute('role', 'log');
    this.elements.set(node.id, element);
    return element;
  }

  update(element, node) {
    const label = node.label ?? '';
    switch (node.role) {
      case 'region':
      case 'list':
      case 'table':
        attribute(element, 'aria-label', label || null);
        break;
      case 'row':
        attribute(element, 'aria-current', node.on ? 'step' : null);
        break;
      case 'log':
        attribute(element, 'aria-label', label);
        words(element, node.value ?? '');
        break;
      case 'slider': {
        const [value, spoken] = (node.value ?? '0').split('\t');
        attribute(element, 'aria-label', label);
        attribute(element, 'min', String(node.min));
        attribute(element, 'max', String(node.max));
        attribute(element, 'aria-valuetext', spoken ?? null);
        if (element.value !== value) element.value = value;
        break;
      }
      case 'textbox':
        attribute(element, 'aria-label', label);
        if (document.activeElement !== element && element.value !== (node.value ?? '')) element.value = node.value ?? '';
        break;
      case 'choice':
        attribute(element, 'aria-label', label);
        break;
      case 'option':
        words(element, label);
        if (element.selected !== Boolean(node.on)) element.selected = Boolean(node.on);
        break;
      case 'button':
      case 'toggle':
        words(element, label);
        attribute(element, 'aria-keyshortcuts', node.shortcut ?? null);
        if (element.disabled !== Boolean(node.disabled)) element.disabled = Boolean(node.disabled);
        if (node.role === 'toggle') attribute(element, 'aria-pressed', String(Boolean(node.on)));
        else attribute(element, 'aria-current', node.on ? 'true' : null);
        break;
      default:
        words(element, label);
        if (node.value !== undefined) attribute(element, 'data-value', node.value);
    }
  }
}

function attribute(element, name, value) {
  if (value === null) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== value) {
    element.setAttribute(name, value);
  }
}

// The element's own words, before its children.
function words(element, text) {
  if (!element.words) {
    if (text === '') return;
    element.words = document.createTextNode(text);
    element.insertBefore(element.words, element.firstChild);
  } else if (element.words.data !== text) {
    element.words.data = text;
  }
}
