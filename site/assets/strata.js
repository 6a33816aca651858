// What the pages do with a script: search, pickers, copying. Everything is there to read without it.
// Data is loaded with script tags, since a page opened from a folder may not fetch its neighbours.
"use strict";
var strata = (function () {
  var page = document.documentElement;
  page.classList.add("js");
  var root = document.currentScript.dataset.root || "";
  var byLayer = new Map(), byName = new Map(), byKey = new Map(), index = [], loading = new Map(), vocabulary = new Map(), inside = new Map();

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
    var path = "data/layers/" + name + ".js";
    return load(path).then(function () {
      if (byLayer.has(name)) return byLayer.get(name);
      loading.delete(path);
      throw new Error(path);
    });
  }

  // Two digits of a name's FNV-1a hash.
  function hash(name) {
    var value = 0x811c9dc5;
    for (var i = 0; i < name.length; i++) value = Math.imul(value ^ name.charCodeAt(i), 0x01000193);
    return ("0" + ((value ^ value >>> 16) & 255).toString(16)).slice(-2);
  }

  // The layers that were published under a name of Lambda's: a file of names with one FNV-1a hash.
  function owners(name) {
    var shard = hash(name);
    return load("data/arns.js").then(function () {
      return strata.hashes.includes(shard) ? load("data/arns/" + shard + ".js") : null;
    }).then(function () { return byName.get(name) || []; });
  }

  // An ARN anywhere in a text.
  function arnIn(text) {
    var found = /arn:aws[a-z-]*:lambda:([a-z0-9-]+):\d{12}:layer:([\w-]{1,140})(?::\d{1,10})?/.exec(text);
    return found && { text: found[0], region: found[1], name: found[2] };
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

  // ---- what the reader picked: in the address, else kept between visits

  function recall(key) {
    try { return sessionStorage.getItem("strata." + key) || localStorage.getItem("strata." + key); } catch (error) { return null; }
  }
  function keep(key, value) {
    try { sessionStorage.setItem("strata." + key, value); localStorage.setItem("strata." + key, value); } catch (error) { /* private mode */ }
  }
  function picker(key) { return document.querySelector("[data-pick=" + key + "]"); }
  function picked(key) { var field = picker(key); return field ? field.value : ""; }
  function asked(key) { return new URLSearchParams(location.search).get(key); }

  // Puts a pick into the address; as a step that Back undoes, or in place of the last one.
  function visit(key, value, isStep) {
    var query = new URLSearchParams(location.search);
    if (value) query.set(key, value); else query.delete(key);
    var text = query.toString();
    try {
      history[isStep ? "pushState" : "replaceState"](null, "", (text ? "?" + text : location.pathname) + location.hash);
    } catch (error) { /* a page that may not change its address */ }
  }

  var wellFormed = { target: /^(any|python\d{1,2}\.\d{1,2})(-arm64)?$/, region: /^[a-z]{2,4}(-[a-z]{2,12}){1,3}-\d{1,2}$/ };

  // Makes sure that something can be picked, also what is not configured any more.
  function offer(key, value, name) {
    var field = picker(key);
    if (!field || !value || !wellFormed[key].test(value)) return;
    if (Array.from(field.options).some(function (option) { return option.value === value; })) return;
    if (key === "target" && !name) name = value.replace("python", "Python ").replace(/^any/, "Any runtime").replace(/(-arm64)?$/, function (arm) { return arm ? ", arm64" : ", x86_64"; });
    field.add(new Option(name || value, value));
  }

  function pick(key, value) {
    offer(key, value);
    if (picker(key) && value && wellFormed[key].test(value)) picker(key).value = value;
  }

  function restorePickers() {
    document.querySelectorAll(".item").forEach(function (item) {
      offer("target", item.dataset.target, item.querySelector("h2").textContent);
      item.dataset.everywhere.split(" ").forEach(function (region) { offer("region", region); });
    });
    ["target", "region"].forEach(function (key) {
      var field = picker(key);
      if (!field) return;
      if (asked(key) && wellFormed[key].test(asked(key))) try { sessionStorage.setItem("strata." + key, asked(key)); } catch (error) { /* private mode */ }
      pick(key, asked(key) || recall(key));
      field.dataset.first = field.value;
      field.addEventListener("change", function () { keep(key, field.value); visit(key, field.value, true); refresh(); });
    });
  }

  // A link to what is shown, for others.
  function link() {
    var query = new URLSearchParams(location.search), tab = document.querySelector(".item.shown [aria-selected=true], [data-composer] [aria-selected=true]");
    ["target", "region"].forEach(function (key) { if (picked(key)) query.set(key, picked(key)); });
    if (tab) query.set("tab", tab.textContent);
    return location.href.split(/[?#]/)[0] + "?" + query + location.hash;
  }

  // ---- copying

  function say(text) { document.getElementById("said").textContent = text; }

  function copy(text, button) {
    function shown() {
      var name = button.dataset.name = button.dataset.name || button.textContent;
      button.textContent = "Copied";
      button.classList.add("done");
      say("Copied " + text);
      setTimeout(function () { button.textContent = name; button.classList.remove("done"); }, 1600);
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
    if (!code) return Promise.resolve(null);
    var target = box.dataset.target || picked("target"), region = picked("region"), label = button.dataset.label;
    if (!label) label = button.dataset.label = button.getAttribute("aria-label");
    function show(text, arn, failed) {
      code.replaceChildren.apply(code, arn ? broken(text) : [text]);
      code.classList.toggle("absent", !arn);
      button.disabled = !arn && !failed;
      button.dataset.text = arn || "";
      button.toggleAttribute("data-retry", !!failed);
      button.textContent = failed ? "Retry" : "Copy";
      button.setAttribute("aria-label", failed ? label.replace("Copy", "Retry to load") : label);
    }
    if (!code.textContent) show("Loading…");
    var slow = setTimeout(function () { show("Still loading…"); }, 4000);
    return layerData(box.dataset.layer).then(function (data) {
      clearTimeout(slow);
      var item = data.targets[target], arn = arnOf(data, target, region);
      show(arn || (item ? "Not in " + region + " yet" : "Not for " + target), arn);
      return data;
    }, function () {
      clearTimeout(slow);
      show("Could not be loaded", null, true);
      return null;
    });
  }

  // An ARN may be broken behind its colons, and nowhere in a word.
  function broken(arn) {
    return arn.split(":").flatMap(function (part, i) { return i ? [":", document.createElement("wbr"), part] : [part]; });
  }

  // ---- rows of layers: what is told of one follows the picks, and its ARN is loaded when somebody wants it

  function badge(target) { return target.replace("python", "").replace("-arm64", "a"); }

  function tune(row) {
    var target = picked("target"), region = picked("region"), others = {}, version = row.querySelector("[data-version]");
    var button = row.querySelector("[data-copy]"), runtimes = (row.dataset.runtimes || "").split(" ").filter(Boolean);
    try { others = JSON.parse(row.dataset.others || "{}")[target] || {}; } catch (error) { /* none */ }
    row.dataset.newest = row.dataset.newest || version.textContent;
    version.textContent = others[region] || others[""] || row.dataset.newest;
    var isMade = !runtimes.length || !target || runtimes.includes(badge(target));
    button.disabled = !isMade;
    button.title = isMade ? "" : "Not for " + target;
    button.textContent = "Copy";
    delete button.dataset.text;
    row.querySelectorAll(".badge").forEach(function (mark) { mark.classList.toggle("own", mark.textContent === badge(target).replace("a", " arm64")); });
  }

  function late(button) {
    var box = button.closest("[data-layer]"), target = picked("target"), region = picked("region");
    if (button.hasAttribute("aria-disabled")) return Promise.resolve();
    // It keeps the focus, which a button that is disabled would lose.
    button.setAttribute("aria-disabled", "true");
    button.textContent = "Loading…";
    return layerData(box.dataset.layer).then(function (data) {
      var arn = arnOf(data, target, region);
      button.removeAttribute("aria-disabled");
      button.textContent = "Copy";
      if (arn) return copy(arn, button);
      button.textContent = "None yet";
      button.disabled = true;
      say("Not in " + region + " yet");
    }, function () {
      button.removeAttribute("aria-disabled");
      button.textContent = "Retry";
      say("The ARN could not be loaded");
    });
  }

  function retry(button) {
    var box = button.closest("[data-layer]");
    button.closest(".take").querySelector("[data-arn]").textContent = "";
    if (box.matches(".item")) showTarget(); else fill(box);
  }

  function refresh() {
    document.querySelectorAll("[data-results] > [data-layer]").forEach(tune);
    if (document.body.dataset.page === "layer") showTarget();
    if (document.body.dataset.page === "compose") compose();
  }

  // As AWS writes sizes.
  function size(bytes) {
    var units = [[1073741824, "GB"], [1048576, "MB"], [1024, "KB"]], unit = units.find(function (unit) { return bytes >= unit[0]; });
    if (!unit) return bytes + " B";
    var tenths = Math.round(bytes * 10 / unit[0]);
    return (tenths >= 1000 ? Math.round(tenths / 10) : tenths / 10) + " " + unit[1];
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
    if (entry.hash) who.firstChild.hash = entry.hash;
    who.append(" ");
    add(who, "span", "version", entry[1]).dataset.version = "";
    add(item, "p", "about", entry.note || entry[2]);
    add(item, "span", "size", entry[3] ? size(entry[3]) : "");
    add(item, "span", "date", entry[4]);
    var badges = add(item, "span", "badges");
    entry[5].split(" ").filter(Boolean).forEach(function (runtime) { add(badges, "span", "badge", runtime.replace("a", " arm64")); });
    item.dataset.runtimes = entry[5];
    if (entry[7]) item.dataset.others = entry[7];
    var button = add(item, "button", "copy", "Copy");
    button.type = "button";
    button.dataset.copy = "";
    button.dataset.late = "";
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
    for (var i = 0; i < entry.inside.length; i += 2) {
      var inside = entry.inside[i], place = inside === wish ? 2 : inside.startsWith(wish) ? 4 : inside.includes(wish) ? 5 : 9;
      if (place < best) { best = place; entry.found = i; }
    }
    if (best === 9 && words.every(function (word) {
      return entry.key.includes(word) || entry.inside.some(function (inside, i) { return i % 2 === 0 && inside.includes(word); });
    })) best = 6;
    return best;
  }

  // How many letters are missing, too many, wrong or in each other's place.
  function edits(one, other) {
    var before = [], last = [], row, i, j;
    for (j = 0; j <= other.length; j++) last.push(j);
    for (i = 1; i <= one.length; i++) {
      row = [i];
      for (j = 1; j <= other.length; j++) {
        row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
      }
      before = last;
      last = row;
    }
    return last[other.length];
  }

  // How far a name is from what was typed; 9 if it is another.
  function nearness(wish) {
    var most = wish.length < 3 ? 0 : wish.length < 6 ? 1 : 2, known = new Map();
    return function (name) {
      if (!known.has(name)) {
        var far = Math.abs(name.length - wish.length) > most ? 9 : edits(wish, name);
        known.set(name, far > most ? 9 : far);
      }
      return known.get(name);
    };
  }

  // Names of a small registry that are nearly what was typed.
  function nearest(wish) {
    var distance = nearness(wish), found = [];
    index.forEach(function (entry) {
      var best = distance(entry.key);
      entry.found = null;
      entry.inside.forEach(function (inside, i) { if (i % 2 === 0 && distance(inside) < best) { best = distance(inside); entry.found = i; } });
      if (best < 9) found.push([best, entry]);
    });
    return found;
  }

  function hits(wish) {
    var words = wish.split("-").filter(Boolean), found = [];
    index.forEach(function (entry) {
      var place = rank(entry, wish, words);
      if (place < 9) found.push([place, entry]);
    });
    return found;
  }

  // The parts of a requirement, as `pandas==2.3` and `psycopg[binary]`.
  function wishOf(text) {
    var parts = /^([^\[\]=<>!~;@]*)(?:\[([^\]]*)\]?)?\s*(?:(?:===?|~=)\s*v?([\w.]+))?/.exec(text.trim());
    return {
      name: plain(parts[1].trim()),
      extras: parts[2] ? plain(parts[2].trim().replace(/\s*,\s*/g, "-")) : "",
      version: parts[3]
    };
  }

  // In the order of their places, each told what there is to say of it.
  function sorted(found, wish, isNear) {
    found.sort(function (a, b) { return a[0] - b[0] || a[1].key.length - b[1].key.length || (a[1].key < b[1].key ? -1 : 1); });
    found = found.map(function (hit) {
      var entry = hit[1], version = wish.version, isOwn = entry.found === null;
      var isOther = version && isOwn && entry[1] && entry[1] !== version && !entry[1].startsWith(version + ".");
      entry.hash = version && isOwn ? "version=" + encodeURIComponent(version) : "";
      entry.note = isOther ? entry[1] + " is the newest; " + version + " may be among the older ones"
        : isOwn ? "" : "holds " + entry.inside[entry.found] + " " + entry.inside[entry.found + 1];
      return entry;
    });
    found.isNear = isNear && found.length > 0;
    return found;
  }

  // In a registry whose layers are all in one file.
  function searchAll(wish) {
    var found = wish.extras ? hits(wish.name + "-" + wish.extras) : [];
    if (!found.length) found = hits(wish.name);
    var isNear = !found.length;
    return sorted(isNear ? nearest(wish.name) : found, wish, isNear);
  }

  // ---- search where layers are many: names by how they begin, then what is inside

  var enough = 40;

  // The layers whose names begin so: from as few files as have enough of them.
  function beginning(name) {
    var all = strata.shards.filter(function (shard) { return shard[0].startsWith(name) || name.startsWith(shard[0]); });
    var inner = all.filter(function (shard) { return shard[0].startsWith(name); }), known = 0, wanted = [];
    // The longest that the name begins with, and those that begin with the name.
    var home = all.filter(function (shard) { return !shard[0].startsWith(name); }).pop();
    if (home) wanted.push(home);
    inner.forEach(function (shard) { if (known < enough) { wanted.push(shard); known += shard[1]; } });
    return Promise.all(wanted.map(function (shard) { return load("data/find/" + shard[0] + ".js"); })).then(function () {
      var found = [];
      index.forEach(function (entry) {
        if (entry.key.startsWith(name)) { entry.found = null; found.push([entry.key === name ? 0 : 1, entry]); }
      });
      found.total = Math.max(found.length, inner.reduce(function (sum, shard) { return sum + shard[1]; }, 0));
      return found;
    });
  }

  // Words of names that begin so, or are nearly so.
  function words(name) {
    var letter = /^[a-z0-9]/.test(name) ? name[0] : "_";
    if (!strata.letters.includes(letter)) return Promise.resolve([]);
    return load("data/words/" + letter + ".js").then(function () { return vocabulary.get(letter) || []; });
  }

  // The layers that hold a package.
  function holders(name) {
    return load("data/inside/" + hash(name) + ".js").then(function () {
      var found = [];
      (inside.get(name) || []).forEach(function (holder) {
        var entry = byKey.get(holder[0]);
        entry = entry ? Object.assign([], entry, { key: entry.key }) : Object.assign([holder[0], "", "", 0, "", "", []], { key: plain(holder[0]) });
        entry.inside = [name, holder[1]];
        entry.found = 0;
        found.push([2, entry]);
      });
      return found;
    }, function () { return []; });
  }

  // Tells what is known as soon as it is, and at last all.
  function searchShards(wish, tell) {
    var names = (wish.extras ? [wish.name + "-" + wish.extras] : []).concat(wish.name);
    function first() {
      return beginning(names[0]).then(function (found) {
        if (found.length || names.length === 1) return found;
        names.shift();
        return first();
      });
    }
    // The names are asked for first, so that they come first.
    var began = first(), listed = wish.name.length < 2 ? null : words(wish.name);
    if (listed) listed.catch(function () { /* told below */ });
    return began.then(function (found) {
      var total = found.total, early = sorted(found.slice(), wish, false);
      early.total = total;
      if (early.length) tell(early);
      if (!listed) return early;
      return listed.then(function (list) {
        var seen = new Set(), named = [], isNear = false;
        list.forEach(function (word) {
          if (word[0].startsWith(wish.name) && !seen.has(word[1])) { seen.add(word[1]); named.push([word[0] === wish.name ? 0 : 1, word[1], word[2] + word[3], word[3]]); }
        });
        if (!named.length && !found.length) {
          var distance = nearness(wish.name);
          list.forEach(function (word) {
            var far = distance(word[0]);
            if (far < 9 && !seen.has(word[1])) { seen.add(word[1]); named.push([far, word[1], word[2] + word[3], word[3]]); }
          });
          isNear = true;
        }
        named.sort(function (a, b) { return a[0] - b[0] || b[2] - a[2] || a[1].length - b[1].length; });
        return Promise.all(named.slice(0, 3).map(function (name) {
          return Promise.all([name[3] ? holders(name[1]) : [], name[1].startsWith(wish.name) ? [] : beginning(name[1])]);
        })).then(function (all) {
          var told = new Set(found.map(function (hit) { return hit[1][0]; })), more = [];
          function add(hit, place) {
            if (told.has(hit[1][0])) return;
            told.add(hit[1][0]);
            more.push([place, hit[1]]);
          }
          all.forEach(function (pair, i) {
            pair[1].forEach(function (hit) { add(hit, isNear ? hit[0] : 3); });
            pair[0].forEach(function (hit) { add(hit, named[i][0] ? 4 : 2); });
          });
          var result = sorted(found.concat(more), wish, isNear);
          result.total = total + more.length;
          return result;
        });
      });
    });
  }

  // What files there are to search. The first page has the browser load both lists along with this script.
  function lists() { return Promise.all([load("data/find.js"), load("data/words.js")]); }

  function isOneFile() { return strata.shards.every(function (shard) { return !shard[0]; }); }

  function prepare() {
    return lists().then(function () { return isOneFile() && strata.shards.length ? load("data/find/~.js") : null; });
  }

  // Finds layers; those under whose names an ARN was published, if there is one in the text.
  // Where layers are many, those that are known first are told before the others.
  function find(text, tell) {
    var arn = arnIn(text);
    if (!arn) return prepare().then(function () {
      var wish = wishOf(text);
      if (!wish.name) return [];
      return isOneFile() ? searchAll(wish) : searchShards(wish, tell || function () {});
    });
    return owners(arn.name).then(function (layers) {
      return layers.map(function (layer) {
        var entry = [layer, "", "", 0, "", "", []];
        entry.hash = "arn=" + arn.text;
        entry.note = "published as " + arn.name + ": what this ARN is";
        return entry;
      });
    });
  }

  function startSearch() {
    var field = document.querySelector("[data-query]"), list = document.querySelector("[data-results]");
    if (!field || !list) return;
    var first = Array.from(list.children), count = document.querySelector("[data-count]");
    var empty = document.querySelector("[data-empty]"), recent = document.querySelector("[data-recent]");
    var letters = document.querySelector(".letters");
    function tell(text, again) {
      empty.replaceChildren(text);
      empty.hidden = !text;
      if (again) {
        var button = document.createElement("button");
        button.type = "button";
        button.className = "link";
        button.textContent = "Retry";
        button.addEventListener("click", update);
        empty.append(" ", button);
      }
      if (text) say(text);
    }
    function update() {
      var text = field.value.trim();
      if (recent) recent.hidden = !!text;
      if (letters) letters.hidden = !!text;
      if (!text) {
        list.replaceChildren.apply(list, first);
        tell("");
        count.textContent = "";
        refresh();
        return;
      }
      count.textContent = count.textContent || "Loading…";
      function show(hits) {
        if (field.value.trim() !== text) return;
        var total = hits.total || hits.length;
        list.replaceChildren.apply(list, hits.slice(0, 40).map(row));
        tell(hits.length ? "" : arnIn(text) ? "No layer here was published under the name in that ARN."
          : "Nothing here has that name. A layer is found by its name, by the packages inside it, and by an ARN.");
        count.textContent = total === 1 ? "1 layer" : total + " layers";
        if (hits.isNear) count.textContent += " with nearly that name";
        if (total > 40) count.textContent += ", the first 40 shown";
        if (hits.length) say(count.textContent);
        refresh();
      }
      find(text, show).then(show, function () {
        if (field.value.trim() !== text) return;
        list.replaceChildren();
        count.textContent = "";
        tell("The list of layers could not be loaded.", true);
      });
    }
    function early(promise) { promise.catch(function () { /* told when something is typed */ }); }
    early(lists());
    field.addEventListener("focus", function () { early(prepare()); }, { once: true });
    field.addEventListener("input", function () {
      var text = field.value.trim();
      visit("q", text, !asked("q") && !!text);
      update();
    });
    field.form.addEventListener("submit", function (event) {
      event.preventDefault();
      var text = field.value.trim();
      find(text).then(function () {
        var only = list.querySelector(".row"), button = only && only.querySelector("[data-copy]");
        if (only && arnIn(text)) location.assign(only.querySelector("a").href);
        else if (only && !button.disabled) button.focus();
      }, function () { /* told where the results would be */ });
    });
    document.addEventListener("keydown", function (event) {
      var writing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
      if (event.key === "/" && !writing) { event.preventDefault(); field.focus(); }
      if (event.key === "Escape" && document.activeElement === field) { field.value = ""; visit("q", "", true); update(); }
    });
    function read() { if (field.value.trim() !== (asked("q") || "")) { field.value = asked("q") || ""; update(); } }
    window.addEventListener("popstate", read);
    read();
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
    var chosen = Math.max(0, kinds.findIndex(function (kind) { return kind[0] === (asked("tab") || recall("snippet")); }));
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
      tab.addEventListener("click", function () { choose(i); keep("snippet", kind[0]); visit("tab", kind[0], true); });
      tabs.appendChild(tab);
    });
    tabs.addEventListener("keydown", function (event) {
      var step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) { event.preventDefault(); choose(chosen + step, true); keep("snippet", kinds[chosen][0]); visit("tab", kinds[chosen][0]); }
    });
    panel.append(pre, button);
    box.replaceChildren(tabs, panel);
    choose(chosen);
  }

  // ---- a layer's page

  // The ARN of a row of versions in a region; null if it is not there.
  function arnOfRow(row, region) {
    var found = Array.from(row.querySelectorAll("[data-pattern]")).find(function (code) {
      return (code.dataset.within || row.closest(".item").dataset.everywhere).split(" ").includes(region);
    });
    return found ? found.textContent.replace("REGION", region) : null;
  }

  function versionOf(row) { return row.children[0].textContent; }

  // Of what is told for each build, what the region gives.
  function showBuild(parts, region) {
    var all = Array.from(parts);
    var shown = all.find(function (part) { return (part.dataset.behind || "").split(" ").includes(region); })
      || all.find(function (part) { return !part.dataset.behind; });
    all.forEach(function (part) { part.hidden = part !== shown; });
    return shown;
  }

  function showTarget() {
    var wanted = picked("target"), region = picked("region"), items = Array.from(document.querySelectorAll(".item"));
    var heading = document.querySelector("h1 .version");
    heading.dataset.newest = heading.dataset.newest || heading.textContent;
    heading.textContent = heading.dataset.newest;
    document.querySelector("[data-absent]").hidden = items.some(function (item) { return item.dataset.target === wanted; });
    items.forEach(function (item) {
      item.classList.toggle("shown", item.dataset.target === wanted);
      if (item.dataset.target !== wanted) return;
      var box = item.querySelector("[data-snippets]"), count = showBuild(item.querySelectorAll(".bar .count"), region);
      if (count) heading.textContent = count.querySelector(".of").textContent;
      showBuild(item.querySelectorAll(".columns"), region);
      item.querySelectorAll("[data-row]").forEach(function (button) {
        var arn = arnOfRow(button.closest("tr"), region);
        button.disabled = !arn;
        button.dataset.text = arn || "";
      });
      fill(item).then(function (data) {
        var arn = data && arnOf(data, wanted, picked("region"));
        if (box && picked("target") === wanted) snippets(box, arn ? [arn] : []);
      });
    });
    answer();
  }

  // What the address asks about: `#arn=…`, `#version=2.3`, or a row.
  function question() {
    try { return decodeURIComponent(location.hash.slice(1)); } catch (error) { return ""; }
  }

  function follow() {
    var asks = question(), row = asks && document.querySelector(".item #" + CSS.escape(asks)), arn = asks.startsWith("arn=") && arnIn(asks);
    if (arn) {
      row = Array.from(document.querySelectorAll(".item tr[data-build]")).find(function (row) { return arnOfRow(row, arn.region) === arn.text; });
      pick("region", arn.region);
    }
    if (row) pick("target", row.closest(".item").dataset.target);
    showTarget();
    if (row && !arn) row.scrollIntoView({ block: "center" });
  }

  function answer() {
    var box = document.querySelector("[data-answer]"), asks = question(), region = picked("region"), row = null;
    var arn = asks.startsWith("arn=") && arnIn(asks), version = asks.startsWith("version=") && asks.slice(8);
    box.hidden = !arn && !version;
    if (box.hidden) return;
    var rows = Array.from(document.querySelectorAll(arn ? ".item tr[data-build]" : ".item.shown tr[data-build]"));
    row = rows.find(function (row) {
      return arn ? arnOfRow(row, arn.region) === arn.text
        : versionOf(row) === version || versionOf(row).startsWith(version + ".");
    });
    var title = document.createElement("h2"), facts = document.createElement("dl");
    function fact(name, parts) {
      var pair = document.createElement("div"), term = document.createElement("dt"), value = document.createElement("dd");
      term.textContent = name;
      value.append.apply(value, parts);
      pair.append(term, value);
      facts.append(pair);
    }
    function take(name, text) {
      var line = document.createElement("div"), code = document.createElement("code"), button = document.createElement("button");
      line.className = "take";
      code.className = "arn";
      code.textContent = text;
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.dataset.copy = "";
      button.dataset.text = text;
      button.setAttribute("aria-label", "Copy the ARN of the " + name);
      line.append(code, button);
      return line;
    }
    facts.className = "facts";
    title.textContent = arn ? "What this ARN is" : "Version " + version;
    box.replaceChildren(title);
    if (!row) {
      var nothing = document.createElement("p");
      nothing.textContent = arn ? arn.text + " is not listed: no build here has that region, account and number."
        : "No build for this runtime has that version.";
      box.append(nothing);
      return;
    }
    var item = row.closest(".item"), cells = row.children, isGone = row.classList.contains("gone"), own = arnOfRow(row, arn ? arn.region : region);
    var to = document.createElement("a"), contents = row.querySelector("th a").cloneNode(true);
    to.href = "#" + item.dataset.target + "-" + row.dataset.build;
    to.textContent = versionOf(row) + ", build " + row.dataset.build;
    fact("Layer", [item.dataset.layer]);
    fact("Runtime", [item.querySelector("h2").textContent]);
    if (arn) fact("Region", [arn.region]);
    fact("Version", [to]);
    fact("Published", [cells[2].textContent]);
    fact("Status", Array.from(cells[3].cloneNode(true).childNodes));
    contents.textContent = "what is inside, its files and proofs";
    fact("Build", [contents]);
    box.append(facts);
    if (own) box.append(take(versionOf(row), own));
    box.classList.toggle("gone", isGone);
    layerData(item.dataset.layer).then(function (data) {
      var newest = arnOf(data, item.dataset.target, arn ? arn.region : region), now = data.targets[item.dataset.target], line = document.createElement("p");
      if (box.firstChild !== title) return;
      if (!newest) line.textContent = "Nothing is the newest there: no build replaces it.";
      else if (newest === own) line.textContent = "It is the newest.";
      else line.textContent = "The newest is " + (now.behind[arn ? arn.region : region] || now.version) + ":";
      box.append(line);
      if (newest && newest !== own) box.append(take("newest", newest));
    }, function () { /* told where the newest ARN would be */ });
  }

  function compose() { if (strata.composer) strata.composer(); }

  document.addEventListener("DOMContentLoaded", function () {
    restorePickers();
    // The ARN is on its way before the button is pressed.
    ["pointerover", "focusin"].forEach(function (kind) {
      document.addEventListener(kind, function (event) {
        var button = event.target.closest ? event.target.closest("[data-late]") : null;
        if (button && !button.disabled) layerData(button.closest("[data-layer]").dataset.layer).catch(function () { /* told when it is pressed */ });
      });
    });
    document.addEventListener("click", function (event) {
      var button = event.target.closest ? event.target.closest("[data-copy], [data-link]") : null;
      if (!button) return;
      if (button.hasAttribute("data-link")) copy(link(), button);
      else if (button.hasAttribute("data-late")) late(button);
      else if (button.hasAttribute("data-retry")) retry(button);
      else if (button.dataset.text) copy(button.dataset.text, button);
    });
    startSearch();
    if (document.body.dataset.page === "layer") {
      window.addEventListener("hashchange", follow);
      follow();
    } else refresh();
    window.addEventListener("popstate", function () {
      ["target", "region"].forEach(function (key) { if (picker(key)) pick(key, asked(key) || picker(key).dataset.first); });
      refresh();
    });
  });

  return {
    shards: [],
    letters: [],
    hashes: [],
    data: layerData,
    arn: arnOf,
    say: say,
    visit: visit,
    asked: asked,
    recall: recall,
    size: size,
    broken: broken,
    snippets: snippets,
    search: find,
    names: function (rows) {
      rows.forEach(function (row) { row[1].forEach(function (name) { byName.set(name, (byName.get(name) || []).concat(row[0])); }); });
    },
    layer: function (data) { byLayer.set(data.layer, data); },
    shard: function (rows) {
      rows.forEach(function (entry) {
        entry.key = plain(entry[0]);
        entry.inside = entry[6];
        byKey.set(entry[0], entry);
        index.push(entry);
      });
    },
    words: function (rows) {
      rows.forEach(function (row) {
        var letter = /^[a-z0-9]/.test(row[0]) ? row[0][0] : "_";
        if (!vocabulary.has(letter)) vocabulary.set(letter, []);
        vocabulary.get(letter).push([row[0], row[1] || row[0], row[2], row[3]]);
      });
    },
    inside: function (rows) {
      rows.forEach(function (row) {
        for (var i = 1; i < row.length; i += 2) {
          if (!inside.has(row[i])) inside.set(row[i], []);
          inside.get(row[i]).push([row[0], row[i + 1]]);
        }
      });
    }
  };
})();
