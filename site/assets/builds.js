// The page of a layer's builds: the ARN in each region, and any two builds compared.
"use strict";
(function () {
  function el(tag, name, text) {
    var element = document.createElement(tag);
    if (name) element.className = name;
    if (text) element.textContent = text;
    return element;
  }
  function all() { return Array.from(document.querySelectorAll(".build")); }
  function named(id) { return all().find(function (build) { return build.id === id; }) || null; }
  function shown() { try { return named(decodeURIComponent(location.hash.slice(1))); } catch (error) { return null; } }
  function runtime(build) { return build.closest(".runtime").querySelector("h2").textContent; }
  function versionOf(build) { return build.querySelector("h2 .version").textContent; }
  function title(build, from) {
    return versionOf(build) + ", build " + build.dataset.number
      + (from && runtime(from) !== runtime(build) ? ", " + runtime(build) : "");
  }

  function growth(bytes) { return bytes ? (bytes > 0 ? "+" : "−") + strata.size(Math.abs(bytes)) : "0"; }

  function packages(build) {
    var found = new Map();
    build.querySelectorAll(".packages tbody tr").forEach(function (row) {
      found.set(row.children[0].textContent.trim(), { version: row.children[1].textContent, bytes: row.children[3].dataset.bytes });
    });
    return found;
  }

  // The packages that one of two builds has in another version, or alone.
  function changes(from, to) {
    var before = packages(from), after = packages(to);
    return Array.from(new Set(Array.from(before.keys()).concat(Array.from(after.keys())))).sort().map(function (name) {
      return { name: name, was: before.get(name), is: after.get(name) };
    }).filter(function (change) { return !change.was || !change.is || change.was.version !== change.is.version; });
  }

  function table(rows) {
    var table = el("table", "delta"), head = el("tr"), body = el("tbody");
    ["Package", "Was", "Is", "Unzipped"].forEach(function (name, i) {
      var cell = el("th", i === 3 ? "num" : "", name);
      cell.scope = "col";
      head.append(cell);
    });
    rows.forEach(function (change) {
      var row = el("tr"), name = el("th", "", change.name);
      name.scope = "row";
      var known = (!change.was || change.was.bytes) && (!change.is || change.is.bytes);
      row.append(name, el("td", "", change.was ? change.was.version : "–"), el("td", "", change.is ? change.is.version : "removed"),
        el("td", "num", known ? growth((change.is ? +change.is.bytes : 0) - (change.was ? +change.was.bytes : 0)) : ""));
      body.append(row);
    });
    var top = el("thead");
    top.append(head);
    table.append(top, body);
    return table;
  }

  // Puts a comparison in the place of that with the build before.
  function compare(build, other) {
    var box = build.querySelector("[data-delta]"), heading = el("h3", "", "Against "), link = el("a", "", title(other, build));
    if (!build.first) build.first = Array.from(box.childNodes);
    if (other === build) { box.replaceChildren.apply(box, build.first); return; }
    link.href = "#" + other.id;
    heading.append(link);
    box.replaceChildren(heading);
    if (build.dataset.bytes && other.dataset.bytes)
      box.append(el("p", "", strata.size(+other.dataset.bytes) + " → " + strata.size(+build.dataset.bytes) + " unzipped"));
    if (!build.querySelector(".packages") || !other.querySelector(".packages"))
      box.append(el("p", "", "Not known: what is inside one of them was not recorded."));
    else {
      var rows = changes(other, build);
      box.append(rows.length ? table(rows) : el("p", "", "The same packages, built in another way."));
    }
  }

  // One line with a button for each region, the reader's own first.
  function spread(build) {
    var box = build.querySelector("[data-places]"), own = strata.recall("region"), lines = [];
    if (box.spread) return;
    box.spread = true;
    box.querySelectorAll("[data-pattern]").forEach(function (code) {
      code.dataset.within.split(" ").forEach(function (region) {
        var line = el("div", "take"), button = el("button", "copy", "Copy"), arn = code.textContent.replace("REGION", region);
        button.type = "button";
        button.dataset.copy = "";
        button.dataset.text = arn;
        button.setAttribute("aria-label", "Copy the ARN in " + region);
        var shown = el("code", "arn");
        shown.append.apply(shown, strata.broken(arn));
        line.append(shown, button);
        lines.push([region, line]);
      });
    });
    if (!lines.length) return;
    lines.sort(function (a, b) { return (b[0] === own) - (a[0] === own) || (a[0] < b[0] ? -1 : 1); });
    var first = lines.slice(0, lines.length > 4 ? 1 : 4), rest = lines.slice(first.length);
    box.replaceChildren.apply(box, first.map(function (line) { return line[1]; }));
    if (rest.length) {
      var more = el("details"), summary = el("summary", "", "In " + rest.length + " other regions");
      more.append(summary);
      rest.forEach(function (line) { more.append(line[1]); });
      box.append(more);
    }
  }

  function show() {
    var build = shown(), bar = document.querySelector("[data-compare]"), pick = bar.querySelector("select");
    bar.hidden = !build;
    if (!build) return;
    document.title = build.querySelector("h2").textContent.trim() + ", build " + build.dataset.number;
    spread(build);
    var before = build.querySelector("[data-delta] h3 a");
    if (build.dataset.previous === undefined) build.dataset.previous = before ? before.hash.slice(1) : "";
    build.querySelector("[data-delta]").before(bar);
    var groups = new Map();
    pick.replaceChildren();
    if (!build.dataset.previous) pick.append(new Option("Choose a build", ""));
    all().forEach(function (other) {
      if (other === build) return;
      var name = runtime(other), group = groups.get(name);
      if (!group) {
        group = el("optgroup");
        group.label = name;
        groups.set(name, group);
        pick.append(group);
      }
      group.append(new Option(title(other), other.id));
    });
    bar.hidden = !groups.size;
    if (bar.hidden) return;
    var wanted = named(strata.asked("with") || "");
    pick.value = wanted && wanted !== build ? wanted.id : build.dataset.previous;
    compare(build, wanted && wanted !== build && wanted.id !== build.dataset.previous ? wanted : build);
  }

  document.addEventListener("DOMContentLoaded", function () {
    var pick = document.querySelector("[data-compare] select");
    pick.addEventListener("change", function () {
      strata.visit("with", pick.value, true);
      show();
      strata.say("Compared with " + pick.selectedOptions[0].textContent);
    });
    window.addEventListener("hashchange", show);
    window.addEventListener("popstate", show);
    show();
  });
})();
