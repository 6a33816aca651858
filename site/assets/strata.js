// What the pages do with a script: search, pickers, copying. Everything is there to read without it.
// Data is loaded with script tags, since a page opened from a folder may not fetch its neighbours.
"use strict";
var strata = (function () {
  var page = document.documentElement;
  page.classList.add("js");
  var root = document.currentScript.dataset.root || "";
  var byLayer = new Map(), index = [], loading = new Map();

  // ---- data

  function load(path) {
    if (!loading.has(path)) {
      loading.set(path, new Promise(function (done, failed) {
        var tag = document.createElement("script");
        tag.src = root + path;
        tag.onload = function () { tag.remove(); done(); };
        tag.onerror = function () { tag.remove(); loading.delete(path); failed(new Error(path)); };
        document.head.appendChild(tag);
      }));
    }
    return loading.get(path);
  }

  function layerData(name) {
    return load("data/layers/" + name + ".js").then(function () { return byLayer.get(name); });
  }

  function partition(region) {
    if (region.startsWith("cn-")) return "aws-cn";
    if (region.startsWith("us-gov-")) return "aws-us-gov";
    if (region.startsWith("eusc-")) return "aws-eusc";
    return "aws";
  }

  function arnOf(data, target, region) {
    var item = data && data.targets[target];
    if (!item) return null;
    if (item.arns[region]) return item.arns[region];
    var number = item.regions[region];
    if (!number) return null;
    return "arn:" + partition(region) + ":lambda:" + region + ":" + item.account + ":layer:" + item.name + ":" + number;
  }

  // ---- what the reader picked, kept between visits

  function recall(key) { try { return localStorage.getItem("strata." + key); } catch (error) { return null; } }
  function keep(key, value) { try { localStorage.setItem("strata." + key, value); } catch (error) { /* private mode */ } }
  function picker(key) { return document.querySelector("[data-pick=" + key + "]"); }
  function picked(key) { var field = picker(key); return field ? field.value : ""; }

  function restorePickers() {
    ["target", "region"].forEach(function (key) {
      var field = picker(key), wish = new URLSearchParams(location.search).get(key) || recall(key);
      if (!field) return;
      if (wish && Array.from(field.options).some(function (o) { return o.value === wish; })) field.value = wish;
      field.addEventListener("change", function () { keep(key, field.value); refresh(); });
    });
  }

  // ---- copying

  function say(text) { document.getElementById("said").textContent = text; }

  function copy(text, button) {
    function shown() {
      button.textContent = "Copied";
      button.classList.add("done");
      say("Copied " + text);
      setTimeout(function () { button.textContent = "Copy"; button.classList.remove("done"); }, 1600);
    }
    function byHand() {
      var area = document.createElement("textarea");
      area.value = text;
      area.className = "quiet";
      document.body.appendChild(area);
      area.select();
      var worked = document.execCommand("copy");
      area.remove();
      button.focus();
      if (worked) shown(); else say("The browser did not allow copying");
    }
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(shown, byHand); else byHand();
  }

  // ---- rows and cards: anything with data-layer and a place for an ARN

  function fill(box) {
    var code = box.querySelector("[data-arn]"), button = box.querySelector("[data-copy]");
    if (!code) return Promise.resolve();
    var target = box.dataset.target || picked("target"), region = picked("region");
    function show(data) {
      var arn = arnOf(data, target, region), item = data && data.targets[target];
      code.textContent = arn || (item ? "Not in " + region + " yet" : "Not for " + target);
      code.classList.toggle("absent", !arn);
      button.disabled = !arn;
      button.dataset.text = arn || "";
      var version = box.querySelector("[data-version]");
      if (version && item) version.textContent = item.behind[region] || item.version;
      return data;
    }
    return layerData(box.dataset.layer).then(show, function () { return show(null); });
  }

  var watcher = "IntersectionObserver" in window ? new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (entry.isIntersecting) { watcher.unobserve(entry.target); fill(entry.target); }
    });
  }, { rootMargin: "200px" }) : null;

  function await_(box) { if (watcher) watcher.observe(box); else fill(box); }

  function refresh() {
    document.querySelectorAll("[data-results] > [data-layer]").forEach(await_);
    if (document.body.dataset.page === "layer") showTarget();
    if (document.body.dataset.page === "compose") compose();
  }

  // ---- search

  function row(entry) {
    var item = document.createElement("li"), name = entry[0];
    item.className = "row";
    item.dataset.layer = name;
    function add(parent, tag, name, text) {
      var element = document.createElement(tag);
      if (name) element.className = name;
      if (text) element.textContent = text;
      parent.appendChild(element);
      return element;
    }
    var who = add(item, "div", "who");
    add(who, "a", "", name).href = root + "layers/" + name + ".html";
    who.append(" ");
    add(who, "span", "version", entry[1]).dataset.version = "";
    var inside = entry.found && entry.found !== name ? "holds " + entry.found : entry[2];
    add(item, "p", "about", inside);
    var take = add(item, "div", "take");
    add(take, "code", "arn").dataset.arn = "";
    var button = add(take, "button", "copy", "Copy");
    button.type = "button";
    button.dataset.copy = "";
    button.setAttribute("aria-label", "Copy the ARN of " + name);
    return item;
  }

  // Names are compared as package indexes compare them: `-`, `_`, `.` and spaces are the same.
  function plain(text) { return text.toLowerCase().replace(/[-_.\s]+/g, "-"); }

  // The better the place of the match, the smaller the number; 9 is no match.
  function rank(entry, wish, words) {
    entry.found = null;
    if (entry.key === wish) return 0;
    if (entry.key.startsWith(wish)) return 1;
    var best = entry.key.includes(wish) ? 3 : 9;
    for (var i = 0; i < entry[3].length; i++) {
      var inside = entry[3][i], place = inside === wish ? 2 : inside.startsWith(wish) ? 4 : inside.includes(wish) ? 5 : 9;
      if (place < best) { best = place; entry.found = inside; }
    }
    if (best === 9 && words.every(function (word) {
      return entry.key.includes(word) || entry[3].some(function (inside) { return inside.includes(word); });
    })) best = 6;
    return best;
  }

  function search(text) {
    var wish = plain(text), words = wish.split("-").filter(Boolean), hits = [];
    index.forEach(function (entry) {
      var place = rank(entry, wish, words);
      if (place < 9) hits.push([place, entry]);
    });
    hits.sort(function (a, b) { return a[0] - b[0] || a[1][0].length - b[1][0].length || (a[1][0] < b[1][0] ? -1 : 1); });
    return hits.map(function (hit) { return hit[1]; });
  }

  var ready = null;

  function prepare() {
    if (!ready) ready = load("data/search.js").then(function () {
      return Promise.all(strata.shards.map(function (shard) { return load("data/search/" + shard + ".js"); }));
    });
    return ready;
  }

  function startSearch() {
    var field = document.querySelector("[data-query]"), list = document.querySelector("[data-results]");
    if (!field || !list) return;
    var first = Array.from(list.children), count = document.querySelector("[data-count]");
    var empty = document.querySelector("[data-empty]"), recent = document.querySelector("[data-recent]");
    var letters = document.querySelector(".letters");
    function update() {
      var text = field.value.trim();
      if (recent) recent.hidden = !!text;
      if (letters) letters.hidden = !!text;
      if (!text) {
        list.replaceChildren.apply(list, first);
        empty.hidden = true;
        count.textContent = "";
        refresh();
        return;
      }
      prepare().then(function () {
        if (field.value.trim() !== text) return;
        var hits = search(text);
        list.replaceChildren.apply(list, hits.slice(0, 40).map(row));
        empty.hidden = hits.length > 0;
        count.textContent = hits.length === 1 ? "1 layer" : hits.length + " layers";
        if (hits.length > 40) count.textContent += ", the first 40 shown";
        say(count.textContent);
        refresh();
      });
    }
    field.addEventListener("focus", prepare, { once: true });
    field.addEventListener("input", update);
    field.form.addEventListener("submit", function (event) {
      event.preventDefault();
      var only = list.querySelector(".row");
      if (only) fill(only).then(function () { var b = only.querySelector("[data-copy]"); if (!b.disabled) b.focus(); });
    });
    document.addEventListener("keydown", function (event) {
      var writing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
      if (event.key === "/" && !writing) { event.preventDefault(); field.focus(); }
      if (event.key === "Escape" && document.activeElement === field) { field.value = ""; update(); }
    });
    var wish = new URLSearchParams(location.search).get("q");
    if (wish) { field.value = wish; update(); }
  }

  // ---- snippets

  var kinds = [
    ["SAM", function (arns) { return "Resources:\n  Function:\n    Type: AWS::Serverless::Function\n    Properties:\n      Layers:\n" + lines(arns, "        - "); }],
    ["CDK Python", function (arns) { return arns.map(function (arn, i) { return "lambda_.LayerVersion.from_layer_version_arn(\n    self, \"" + label(arn, i) + "\",\n    \"" + arn + "\",\n)"; }).join("\n"); }],
    ["CDK TypeScript", function (arns) { return arns.map(function (arn, i) { return "lambda.LayerVersion.fromLayerVersionArn(this, '" + label(arn, i) + "',\n  '" + arn + "');"; }).join("\n"); }],
    ["Terraform", function (arns) { return "resource \"aws_lambda_function\" \"function\" {\n  layers = [\n" + arns.map(function (a) { return "    \"" + a + "\","; }).join("\n") + "\n  ]\n}"; }],
    ["Serverless", function (arns) { return "functions:\n  function:\n    layers:\n" + lines(arns, "      - "); }],
    ["CloudFormation", function (arns) { return "Resources:\n  Function:\n    Type: AWS::Lambda::Function\n    Properties:\n      Layers:\n" + lines(arns, "        - "); }],
    ["AWS CLI", function (arns) { return "aws lambda update-function-configuration \\\n  --function-name FUNCTION \\\n  --layers " + arns.join(" \\\n    "); }]
  ];
  function lines(arns, indent) { return arns.map(function (arn) { return indent + arn; }).join("\n"); }
  function label(arn, i) { return "Layer" + (i ? i + 1 : ""); }

  function snippets(box, arns) {
    if (!arns.length) { box.replaceChildren(); return; }
    var chosen = Math.max(0, kinds.findIndex(function (kind) { return kind[0] === recall("snippet"); }));
    var id = "snippet-" + (box.dataset.for || box.parentElement.dataset.target || "all");
    var tabs = document.createElement("div"), panel = document.createElement("div");
    var pre = document.createElement("pre"), button = document.createElement("button");
    tabs.className = "tabs";
    tabs.setAttribute("role", "tablist");
    tabs.setAttribute("aria-label", "Snippet for");
    panel.className = "panel";
    panel.id = id;
    panel.setAttribute("role", "tabpanel");
    pre.tabIndex = 0;
    pre.setAttribute("role", "group");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.dataset.copy = "";
    button.setAttribute("aria-label", "Copy the snippet");
    function choose(at, focus) {
      chosen = (at + kinds.length) % kinds.length;
      Array.from(tabs.children).forEach(function (tab, i) {
        tab.setAttribute("aria-selected", i === chosen);
        tab.tabIndex = i === chosen ? 0 : -1;
        if (i === chosen && focus) tab.focus();
      });
      panel.setAttribute("aria-labelledby", id + "-" + chosen);
      pre.textContent = button.dataset.text = kinds[chosen][1](arns);
      pre.setAttribute("aria-label", kinds[chosen][0]);
    }
    kinds.forEach(function (kind, i) {
      var tab = document.createElement("button");
      tab.type = "button";
      tab.id = id + "-" + i;
      tab.textContent = kind[0];
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", id);
      tab.addEventListener("click", function () { choose(i); keep("snippet", kind[0]); });
      tabs.appendChild(tab);
    });
    tabs.addEventListener("keydown", function (event) {
      var step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) { event.preventDefault(); choose(chosen + step, true); keep("snippet", kinds[chosen][0]); }
    });
    panel.append(pre, button);
    box.replaceChildren(tabs, panel);
    choose(chosen);
  }

  function showTarget() {
    var wanted = picked("target"), items = Array.from(document.querySelectorAll(".item"));
    document.querySelector("[data-absent]").hidden = items.some(function (item) { return item.dataset.target === wanted; });
    items.forEach(function (item) {
      item.classList.toggle("shown", item.dataset.target === wanted);
      if (item.dataset.target !== wanted) return;
      var box = item.querySelector("[data-snippets]");
      fill(item).then(function (data) {
        var arn = data && arnOf(data, wanted, picked("region"));
        if (box) snippets(box, arn ? [arn] : []);
      });
    });
  }

  function compose() { if (strata.composer) strata.composer(); }

  document.addEventListener("DOMContentLoaded", function () {
    restorePickers();
    document.addEventListener("click", function (event) {
      var button = event.target.closest ? event.target.closest("[data-copy]") : null;
      if (button && button.dataset.text) copy(button.dataset.text, button);
    });
    startSearch();
    refresh();
  });

  return {
    shards: [],
    data: layerData,
    arn: arnOf,
    say: say,
    snippets: snippets,
    search: function (text) { return prepare().then(function () { return search(text); }); },
    layer: function (data) { byLayer.set(data.layer, data); },
    shard: function (rows) { rows.forEach(function (entry) { entry.key = plain(entry[0]); index.push(entry); }); }
  };
})();

// The page on which layers are put together.
(function () {
  var limit = 262144000, most = 5, chosen = [];

  function el(tag, name, text) {
    var element = document.createElement(tag);
    if (name) element.className = name;
    if (text) element.textContent = text;
    return element;
  }
  function megabytes(bytes) { return (bytes / 1e6).toFixed(1).replace(/\.0$/, "") + " MB"; }
  function value(key) { return document.querySelector("[data-pick=" + key + "]").value; }

  function note(kind, text) { return el("p", "note " + kind, text); }

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
    Promise.all(wanted.map(function (name) {
      return strata.data(name).catch(function () { return null; });
    })).then(function (all) {
      if (wanted.join() !== chosen.join()) return;
      var items = [], arns = [], total = 0, verdict = [];
      list.replaceChildren.apply(list, wanted.map(function (name, i) {
        var row = el("li", "pick"), data = all[i] && all[i].targets[target], remove = el("button", "remove", "Remove");
        var arn = strata.arn(all[i], target, region), link = el("a", "", name);
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
        if (arn) arns.push(arn); else verdict.push(note("pending", name + " is not in " + region + " for " + target + "."));
        return row;
      }));
      if (wanted.length > most) verdict.push(note("refused", wanted.length + " layers; a function takes five."));
      if (total > limit) verdict.push(note("refused", megabytes(total) + " unzipped; that is " + megabytes(total - limit) + " too much."));
      disagreements(items).forEach(function (text) { verdict.push(note("pending", text + ". The layer listed last wins.")); });
      if (!verdict.length) verdict.push(note("good", "They fit together."));
      document.querySelector("[data-none]").hidden = wanted.length > 0;
      document.querySelector("[data-sum]").hidden = !wanted.length;
      document.querySelector("[data-total]").textContent = wanted.length
        ? wanted.length + " of five, " + megabytes(total) + " of 262.1 MB unzipped" : "";
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
