// SPDX-License-Identifier: GPL-2.0-only
/* Makes one picture live: zoom, search, details, keyboard, and a width that fits the page. It
 * touches nothing outside its own picture: a page may have several pictures. */
(function () {
"use strict";
var svg = document.currentScript.parentNode;
var alone = document.documentElement === svg;
var SVG = "http://www.w3.org/2000/svg", HTML = "http://www.w3.org/1999/xhtml";
var character = svg.getAttribute("data-character") / 1000;
var margin = +svg.getAttribute("data-margin");
var natural = +svg.getAttribute("width");
var field = svg.querySelector(".boxes"), head = svg.querySelector(".head");
var foot = svg.querySelector(".foot");
var hint = "Point at a box, or walk with the arrow keys, for its figures. " +
	"A click or Enter zooms, Esc resets, / searches.";
var boxes = [], zoom = 0, current = 0, width = 0, upward = true;
var boxesHeight = 0, height = +svg.getAttribute("height");

/* In document order a box stands before what it calls, which goes on to before its end. */
function readBoxes() {
	var path = [], groups = field.querySelectorAll(".f"), i, group, numbers, box, y = [];
	for (i = 0; i < groups.length; i++) {
		group = groups[i];
		numbers = group.getAttribute("data-f").split(" ");
		box = {
			group: group, rect: group.querySelector("rect"), text: group.querySelector("text"),
			says: group.querySelector("title").textContent,
			start: +numbers[0], total: +numbers[1], depth: +numbers[2],
			end: groups.length, shown: true, match: false
		};
		box.name = box.says.split("\n")[0];
		box.parent = box.depth ? path[box.depth - 1] : -1;
		while (path.length > box.depth)
			boxes[path.pop()].end = i;
		path.push(i);
		y[box.depth] = +box.rect.getAttribute("y");
		boxesHeight = Math.max(boxesHeight, y[box.depth] + 18);
		group.setAttribute("role", "button");
		group.setAttribute("tabindex", i ? "-1" : "0");
		boxes.push(box);
	}
	upward = !(y.length > 1 && y[1] > y[0]);
}

function inside(i, ancestor) {
	return i >= ancestor && i < boxes[ancestor].end;
}

function columns(character) {
	return character.charCodeAt(0) < 0x2e80 ? 1 : 2;
}

function clip(name, room) {
	var i, used = 0, all = 0;
	for (i = 0; i < name.length; i++)
		all += columns(name[i]);
	if (all <= room)
		return name;
	for (i = 0; i < name.length && used + columns(name[i]) < room; i++)
		used += columns(name[i]);
	return name.slice(0, i) + "\u2026";
}

function label(box, x, boxWidth) {
	var room = Math.floor((boxWidth - 2 * margin) / character);
	if (room < 3) {
		if (box.text)
			box.text.textContent = "";
		return;
	}
	if (!box.text) {
		box.text = document.createElementNS(SVG, "text");
		box.text.setAttribute("y", +box.rect.getAttribute("y") + 13);
		box.group.appendChild(box.text);
	}
	box.text.setAttribute("x", Math.max(x, 0) + margin);
	box.text.textContent = clip(box.name, room);
}

/* The box that is zoomed on is as wide as the picture, and so are its callers. */
function place() {
	var z = boxes[zoom], scale = width / z.total;
	boxes.forEach(function (box, i) {
		var above = inside(i, zoom), below = !above && inside(zoom, i);
		var x = below ? 0 : (box.start - z.start) * scale;
		var w = below ? width : box.total * scale;
		box.shown = above || below;
		box.group.style.display = box.shown ? "" : "none";
		box.group.classList.toggle("dim", below);
		if (!box.shown)
			return;
		box.rect.setAttribute("x", x);
		box.rect.setAttribute("width", w);
		label(box, x, w);
	});
	reset.disabled = zoom === 0;
}

function figures(i) {
	return boxes[i].says.replace("\n", ": ").replace(/\n/g, ", ");
}

/* Weights of boxes that match and stand on no other that does, as a share of what is shown. */
function showMatches() {
	var sum = 0, z = boxes[zoom], i = zoom;
	while (i < z.end) {
		if (boxes[i].match)
			sum += boxes[i].total;
		i = boxes[i].match ? boxes[i].end : i + 1;
	}
	matched.textContent = search.value && (100 * sum / z.total).toFixed(1) + "\u00a0% matched" +
		(zoom ? " of " + clip(z.name, 40) : "");
	stack();
}

/* Words as they are written, in any case; "a|b" finds either. */
function find() {
	var words = search.value.toLowerCase().split("|").filter(function (word) {
		return word;
	});
	boxes.forEach(function (box, i) {
		var name = box.name.toLowerCase();
		box.match = i > 0 && words.some(function (word) {
			return name.indexOf(word) >= 0;
		});
		box.group.classList.toggle("match", box.match);
	});
	showMatches();
}

function zoomTo(i) {
	zoom = i;
	place();
	showMatches();
}

function focus(i) {
	boxes[current].group.setAttribute("tabindex", "-1");
	current = i;
	boxes[i].group.setAttribute("tabindex", "0");
	boxes[i].group.focus({preventScroll: true});
	boxes[i].group.scrollIntoView({block: "nearest"});
}

function widestCallee(i) {
	var best = -1;
	boxes.forEach(function (box, j) {
		if (box.parent === i && box.shown && (best < 0 || box.total > boxes[best].total))
			best = j;
	});
	return best;
}

/* The nearest box shown at the same height. */
function neighbour(i, step) {
	var j = i + step;
	while (j >= 0 && j < boxes.length && !(boxes[j].shown && boxes[j].depth === boxes[i].depth))
		j += step;
	return j < boxes.length ? j : -1;
}

function walk(key, i) {
	if (key === (upward ? "ArrowUp" : "ArrowDown"))
		return widestCallee(i);
	if (key === (upward ? "ArrowDown" : "ArrowUp"))
		return boxes[i].parent;
	if (key === "ArrowLeft" || key === "ArrowRight")
		return neighbour(i, key === "ArrowLeft" ? -1 : 1);
	return -1;
}

function indexOf(target) {
	var group = target.closest ? target.closest(".f") : null, i;
	for (i = 0; group && i < boxes.length; i++)
		if (boxes[i].group === group)
			return i;
	return -1;
}

function onKey(event) {
	var i = indexOf(event.target), to;
	if (event.key === "Escape") {
		if (search.value && (event.target === search || zoom === 0)) {
			search.value = "";
			find();
		} else {
			zoomTo(0);
		}
		if (event.target === search)
			focus(current);
	} else if ((event.key === "/" && !event.ctrlKey && !event.metaKey ||
		    event.key.toLowerCase() === "f" && (event.ctrlKey || event.metaKey)) &&
		   event.target !== search) {
		search.focus();
		search.select();
	} else if (i >= 0 && (event.key === "Enter" || event.key === " ")) {
		zoomTo(i);
	} else if (i >= 0) {
		to = walk(event.key, i);
		if (to < 0)
			return;
		focus(to);
	} else {
		return;
	}
	event.preventDefault();
	event.stopPropagation();
}

function html(parent, tag, name, words) {
	var element = document.createElementNS(HTML, tag);
	if (name)
		element.className = name;
	if (words)
		element.textContent = words;
	parent.appendChild(element);
	return element;
}

/* Words flow in HTML as they do not in SVG; the still header and notes are its text. */
function bar(still, names) {
	var holder = document.createElementNS(SVG, "foreignObject");
	var element = html(holder, "div", "bar");
	names.forEach(function (name) {
		Array.prototype.forEach.call(still.querySelectorAll("." + name), function (text) {
			html(element, "p", name, text.textContent);
		});
	});
	still.style.display = "none";
	holder.setAttribute("height", height);
	svg.insertBefore(holder, field);
	return element;
}

function legend(parent) {
	var keys = html(parent, "div", "keys");
	Array.prototype.forEach.call(head.querySelectorAll(".key"), function (key) {
		var words = key.querySelector("text"), item = html(keys, "span", words ? "said" : "");
		html(item, "i").style.background = key.querySelector("rect").getAttribute("fill");
		if (words)
			item.appendChild(document.createTextNode(words.textContent));
	});
}

function size(element, y) {
	var holder = element.parentNode, height;
	holder.setAttribute("y", y);
	holder.setAttribute("width", width);
	height = Math.ceil(element.getBoundingClientRect().height);
	holder.setAttribute("height", height);
	return height;
}

/* Header, boxes and notes below each other, in pixels of the page. */
function stack() {
	var top, bottom;
	svg.setAttribute("viewBox", "0 0 " + width + " " + height);
	svg.style.height = height + "px";
	top = size(header, 0);
	bottom = top + boxesHeight;
	height = bottom + size(notes, bottom);
	field.setAttribute("transform", "translate(0," + top + ")");
	svg.setAttribute("viewBox", "0 0 " + width + " " + height);
	svg.style.height = height + "px";
}

function fit() {
	var now = Math.floor(svg.getBoundingClientRect().width) || natural;
	if (now === width)
		return;
	width = now;
	stack();
	place();
}

readBoxes();
var header = bar(head, ["title", "sub"]);
legend(header);
var tools = html(header, "div", "tools");
var reset = html(tools, "button", "reset", "Reset zoom");
var search = html(html(tools, "label", "", "Search"), "input", "search");
var matched = html(tools, "span", "matched");
var details = html(header, "p", "details", hint);
var notes = bar(foot, ["note"]);
reset.type = "button";
search.type = "search";
matched.setAttribute("role", "status");
details.setAttribute("aria-live", "polite");
svg.classList.add("live");

svg.addEventListener("click", function (event) {
	var i = indexOf(event.target);
	if (i < 0)
		return;
	zoomTo(i);
	focus(i);
});
svg.addEventListener("mouseover", function (event) {
	var i = indexOf(event.target);
	if (i >= 0)
		details.textContent = figures(i);
});
svg.addEventListener("mouseout", function (event) {
	if (indexOf(event.target) >= 0)
		details.textContent = hint;
});
svg.addEventListener("focusin", function (event) {
	var i = indexOf(event.target);
	if (i >= 0)
		details.textContent = figures(i);
});
reset.addEventListener("click", function () {
	zoomTo(0);
});
search.addEventListener("input", find);
(alone ? window : svg).addEventListener("keydown", onKey);
window.addEventListener("resize", fit);
if (window.ResizeObserver)
	new ResizeObserver(fit).observe(svg);
fit();
}());
