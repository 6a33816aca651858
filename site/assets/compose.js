// The page on which layers are put together.
"use strict";
(function () {
  var limit = 262144000, most = 5, chosen = [];

  function el(tag, name, text) {
    var element = document.createElement(tag);
    if (name) element.className = name;
    if (text) element.textContent = text;
    return element;
  }
  function megabytes(bytes) { return (bytes / 1048576).toFixed(1).replace(/\.0$/, "") + " MB"; }
  function value(key) { return document.querySelector("[data-pick=" + key + "]").value; }

  function note(kind, text) { return el("p", "note " + kind, text); }

  function again(name) {
    var line = note("refused", name + " could not be loaded. "), button = el("button", "link", "Retry");
    button.type = "button";
    button.addEventListener("click", draw);
    line.append(button);
    return line;
  }

  // Packages that two of the layers bring in different versions: the layer that is listed last wins.
  function disagreements(items) {
    var seen = new Map(), out = [];
    items.forEach(function (item) {
      Object.keys(item.packages).forEach(function (name) {
        if (!seen.has(name)) seen.set(name, []);
        seen.get(name).push([item.layer, item.packages[name]]);
      });
    });
    Array.from(seen.keys()).sort().forEach(function (name) {
      var found = seen.get(name);
      if (found.some(function (one) { return one[1] !== found[0][1]; }))
        out.push(name + ": " + found.map(function (one) { return one[1] + " in " + one[0]; }).join(", "));
    });
    return out;
  }

  function draw() {
    var list = document.querySelector("[data-chosen]"), target = value("target"), region = value("region");
    if (!list) return;
    var wanted = chosen.slice();
    if (wanted.length) document.querySelector("[data-total]").textContent = "Loading…";
    Promise.all(wanted.map(function (name) {
      return strata.data(name).catch(function () { return "failed"; });
    })).then(function (all) {
      if (wanted.join() !== chosen.join()) return;
      var items = [], arns = [], total = 0, verdict = [];
      list.replaceChildren.apply(list, wanted.map(function (name, i) {
        var row = el("li", "pick"), failed = all[i] === "failed", data = !failed && all[i].targets[target], remove = el("button", "remove", "Remove");
        var arn = data && strata.arn(all[i], target, region), link = el("a", "", name);
        link.href = "layers/" + name + ".html";
        var behind = data && data.behind[region];
        if (behind) verdict.push(note("pending", name + " " + data.version + " is not in " + region + " yet: " + behind + " is, whose size and packages may differ."));
        row.append(link, el("span", "version", data ? behind || data.version : ""));
        row.append(el("span", "weight", data && data.unzipped ? megabytes(data.unzipped) : "size unknown"));
        remove.type = "button";
        remove.setAttribute("aria-label", "Remove " + name);
        remove.addEventListener("click", function () { toggle(name); document.querySelector("[data-add]").focus(); });
        row.append(remove);
        if (data) { items.push({ layer: name, packages: data.packages }); total += data.unzipped || 0; }
        if (failed) verdict.push(again(name)); else if (arn) arns.push(arn); else verdict.push(note("pending", name + " is not in " + region + " for " + target + "."));
        return row;
      }));
      if (wanted.length > most) verdict.push(note("refused", wanted.length + " layers; a function takes five."));
      if (total > limit) verdict.push(note("refused", megabytes(total) + " unzipped; that is " + megabytes(total - limit) + " too much."));
      disagreements(items).forEach(function (text) { verdict.push(note("pending", text + ". The layer listed last wins.")); });
      if (!verdict.length) verdict.push(note("good", "They fit together."));
      document.querySelector("[data-none]").hidden = wanted.length > 0;
      document.querySelector("[data-sum]").hidden = !wanted.length;
      document.querySelector("[data-total]").textContent = wanted.length
        ? wanted.length + " of five, " + megabytes(total) + " of 250 MB unzipped" : "";
      document.querySelector("[data-meter]").value = total;
      var box = document.querySelector("[data-verdict]");
      box.replaceChildren.apply(box, verdict);
      strata.snippets(document.querySelector("[data-composer] [data-snippets]"), arns);
      strata.say(document.querySelector("[data-total]").textContent);
    });
  }

  function toggle(name) {
    var at = chosen.indexOf(name);
    if (at < 0) chosen.push(name); else chosen.splice(at, 1);
    history.replaceState(null, "", "#" + chosen.map(encodeURIComponent).join(","));
    draw();
  }

  function start() {
    var field = document.querySelector("[data-add]"), hits = document.querySelector("[data-hits]");
    if (!field) return;
    function update() {
      var text = field.value.trim();
      if (!text) { hits.replaceChildren(); return; }
      strata.search(text).then(function (found) {
        if (field.value.trim() !== text) return;
        hits.replaceChildren.apply(hits, found.slice(0, 8).map(function (entry) {
          var item = el("li"), button = el("button", "hit"), taken = chosen.includes(entry[0]);
          button.type = "button";
          button.disabled = taken;
          button.append(el("span", "name", entry[0]), " ", el("span", "version", taken ? "chosen" : entry[1]));
          button.addEventListener("click", function () { toggle(entry[0]); field.value = ""; update(); field.focus(); });
          item.append(button);
          return item;
        }));
        strata.say(found.length + " found");
      }, function () {
        if (field.value.trim() !== text) return;
        var item = el("li", "", "The list of layers could not be loaded. "), button = el("button", "link", "Retry");
        button.type = "button";
        button.addEventListener("click", update);
        item.append(button);
        hits.replaceChildren(item);
      });
    }
    field.addEventListener("input", update);
    field.form.addEventListener("submit", function (event) {
      event.preventDefault();
      var first = hits.querySelector("button:not(:disabled)");
      if (first) first.click();
    });
    function read() {
      chosen = decodeURIComponent(location.hash.slice(1)).split(",").filter(function (name) { return /^[\w-]{1,64}$/.test(name); });
      draw();
    }
    window.addEventListener("hashchange", read);
    read();
  }

  strata.composer = draw;
  document.addEventListener("DOMContentLoaded", start);
})();
