"use strict";
// What both pages use.
const find = (id) => document.getElementById(id);

// An element with attributes and children; texts only ever become text nodes.
function element(tag, properties = {}, ...children) {
  const result = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "onclick") result.onclick = value;
    else if (value !== null && value !== undefined) result.setAttribute(name, value);
  }
  result.append(...children.filter((child) => child !== null));
  return result;
}

// Bytes in powers of 1000, as the command prints them.
function bytes(value) {
  if (value < 1000) return `${value} B`;
  const units = ["kB", "MB", "GB", "TB", "PB"];
  let unit = -1;
  while (value >= 999.95 && unit < 4) { value /= 1000; unit += 1; }
  return `${value.toFixed(1)} ${units[unit]}`;
}

function number(value) { return value.toLocaleString("en").replaceAll(",", "\u202f"); }
