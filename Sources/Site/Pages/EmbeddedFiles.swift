// Written by site/embed from the files under site/. Do not edit.
// swift-format-ignore-file

/// The templates and assets by their path under `site/`.
package enum EmbeddedFiles {
    package static let texts: [String: String] = [
        "templates/api.mustache": ####"""
{{<page}}{{$main}}
<section class="title"><h1>API</h1>
<p class="lead">Files, not a service: no key, no limit, cached like the pages. Formats only grow. Begin at <a href="api/v1/index.json">api/v1/index.json</a>.</p></section>
<section aria-labelledby="one"><h2 id="one">The newest ARN, in one line</h2>
<div class="panel alone"><pre tabindex="0" role="group" aria-label="Command">curl -s {{example}}latest/requests/python3.13.json | jq -r '.arns["eu-west-1"]'</pre></div></section>
<section><h2 id="files">Files</h2>
<div class="scroll" tabindex="0" role="region" aria-labelledby="files"><table><thead><tr><th scope="col">Under api/v1/</th><th scope="col">Holds</th></tr></thead><tbody>
<tr><th scope="row"><code>latest/{layer}/{target}.json</code></th><td>the newest version, its digest and sizes, its packages, and the ARN in every region</td></tr>
<tr><th scope="row"><code>layers/{layer}.json</code></th><td>every build and release with status, expiry and Lambda's number by region</td></tr>
<tr><th scope="row"><code>builds/{layer}/{target}/{build}.json</code></th><td>a build: digest, sizes, packages with licences, wheels</td></tr>
<tr><th scope="row"><code>builds/{layer}/{target}/{build}.pylock.toml</code></th><td>its lock, PEP 751</td></tr>
<tr><th scope="row"><code>builds/{layer}/{target}/{build}.cdx.json</code></th><td>its bill of materials, CycloneDX 1.6</td></tr>
<tr><th scope="row"><code>regions/{region}/{target}/{shard}.json</code>, <code>.csv</code></th><td>the latest of all layers of a shard. A shard is how names begin, in lower case; <code>index.json</code> lists them, and a layer is in the longest that its name begins with</td></tr>
<tr><th scope="row"><code>numbers/{target}/{shard}.json</code></th><td>Lambda's number of every layer of a shard in every region</td></tr>
<tr><th scope="row"><code>shards/{shard}.json</code></th><td>the layers of a shard with the sha256 of their file, to see what changed</td></tr>
<tr><th scope="row"><code>changes/index.json</code>, <code>changes/{day}.json</code></th><td>what was published on which day</td></tr>
<tr><th scope="row"><code>expiring/index.json</code>, <code>expiring/{day}.json</code></th><td>what may be deleted from which day on</td></tr>
<tr><th scope="row"><code>coverage.json</code>, <code>status.json</code>, <code>size.json</code></th><td>how much every region has; what is missing, since when and why; how large this site is</td></tr>
<tr><th scope="row"><code>renovate/{layer}/{target}.json</code></th><td>releases for Renovate; the preset is <a href="renovate.json">renovate.json</a></td></tr>
</tbody></table></div></section>
<section aria-labelledby="feeds"><h2 id="feeds">Feeds</h2><p>Atom: <a href="feed.xml">everything</a>, and one beside each layer's page, as <code>layers/requests.xml</code>. Calendar: <a href="deprecations.ics">deprecations.ics</a></p></section>
{{/main}}{{/page}}

"""####,
        "templates/browse.mustache": ####"""
{{<page}}{{$main}}
<nav class="crumbs" aria-label="Breadcrumb"><a href="../index.html">Layers</a> <span aria-hidden="true">/</span> <span aria-current="page">{{letter}}</span></nav>
<section class="title"><h1>Layers: {{letter}}</h1>
{{>pickers}}</section>
<section aria-label="Layers"><ul class="rows" data-results>
{{#rows}}{{>row}}{{/rows}}</ul></section>
{{/main}}{{/page}}

"""####,
        "templates/compose.mustache": ####"""
{{<page}}{{$main}}
<section class="title"><h1>Compose</h1>
<p class="lead">Put several layers together: what they weigh, whether they disagree, and one snippet for all. A function takes up to five layers and 262.1 MB unzipped.</p>
<noscript><p class="note pending">This page needs a script: it adds up what you pick.</p></noscript>
{{>pickers}}</section>
<div class="needs-js" data-composer>
<form class="adder" role="search"><label class="search"><span class="quiet">Add a layer</span><svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><path d="M12 5v14M5 12h14"/></svg><input type="search" placeholder="Add a layer" autocomplete="off" autocapitalize="off" spellcheck="false" data-add></label>
<ul class="hits" data-hits></ul></form>
<section aria-labelledby="chosen"><div class="bar"><h2 id="chosen">Chosen</h2><p class="count" data-total></p></div>
<ul class="chosen" data-chosen></ul>
<p class="empty" data-none>Nothing yet.</p>
<div data-sum hidden><meter min="0" max="262144000" high="235929600" value="0" data-meter aria-label="Share of Lambda's limit"></meter>
<div data-verdict></div>
<div class="snippets" data-snippets data-for="compose"></div></div></section>
</div>
{{/main}}{{/page}}

"""####,
        "templates/coverage.mustache": ####"""
{{<page}}{{$main}}
<section class="title"><h1>Coverage</h1>
<p class="lead">How many layers of each runtime every region has, of all that are asked for. What is missing, and why, is on the <a href="status.html">status page</a>.</p></section>
<section aria-label="Layers by region and runtime"><div class="scroll" tabindex="0" role="region" aria-label="Coverage table"><table class="heat"><thead><tr><th scope="col">Region</th>{{#columns}}<th scope="col" class="num">{{name}}</th>{{/columns}}</tr></thead><tbody>
{{#rows}}<tr><th scope="row">{{region}} <span class="version">{{place}}</span></th>{{#cells}}<td class="num step{{step}}">{{have}} <span>of {{all}}</span></td>{{/cells}}</tr>
{{/rows}}</tbody></table></div></section>
{{/main}}{{/page}}

"""####,
        "templates/deprecations.mustache": ####"""
{{<page}}{{$main}}
<section class="title"><h1>Deprecations</h1>
<p class="lead">A release that was replaced stays for {{keepDays}} days, then it may be deleted. Nothing goes before its day. <a href="deprecations.ics">Subscribe to the calendar</a></p></section>
<section aria-label="Months">{{#none}}<p class="empty">Nothing is going to expire.</p>{{/none}}{{#hasMonths}}<table><thead><tr><th scope="col">Month</th><th scope="col" class="num">Expires</th><th scope="col" class="num">On</th></tr></thead><tbody>
{{#months}}<tr><th scope="row"><a href="deprecations/{{month}}.html">{{month}}</a></th><td class="num">{{count}}</td><td class="num">{{days}}</td></tr>
{{/months}}</tbody></table>{{/hasMonths}}</section>
{{/main}}{{/page}}

"""####,
        "templates/home.mustache": ####"""
{{<page}}{{$main}}
<section class="hero">
<h1>{{registry}}</h1>
<p class="lead">Python packages as AWS Lambda layers: {{count}} layers, {{targetCount}} runtimes, {{regionCount}} regions. Pick, copy, deploy.</p>
<form class="finder needs-js" role="search" data-search>
<label class="search"><span class="quiet">Search layers and packages</span>
<svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/></svg>
<input type="search" name="q" placeholder="Search layers and packages" autocomplete="off" autocapitalize="off" spellcheck="false" data-query></label>
{{>pickers}}
</form>
</section>
<section aria-labelledby="layers">
<div class="bar"><h2 id="layers" data-heading>Layers</h2><p class="count" data-count></p></div>
<ul class="rows" data-results>
{{#rows}}{{>row}}{{/rows}}</ul>
<p class="empty" data-empty hidden>Nothing here has that name. A layer is found by its name, and by the packages inside it.</p>
{{#hasLetters}}<nav class="letters" aria-label="Layers by first letter">
{{#letters}}<a href="browse/{{.}}.html">{{.}}</a>
{{/letters}}</nav>
{{/hasLetters}}</section>
{{#hasRecent}}<section aria-labelledby="recent" data-recent>
<div class="bar"><h2 id="recent">What changed lately</h2><a href="feed.xml">Feed</a></div>
<ol class="events">
{{#recent}}<li><time datetime="{{at}}">{{date}}</time><a href="layers/{{layer}}.html">{{layer}}</a> <span class="version">{{version}}</span><span class="what">{{what}}</span><span class="targets">{{targets}}</span></li>
{{/recent}}</ol>
</section>
{{/hasRecent}}{{/main}}{{/page}}

"""####,
        "templates/layer.mustache": ####"""
{{<page}}{{$main}}
<nav class="crumbs" aria-label="Breadcrumb"><a href="../index.html">Layers</a> <span aria-hidden="true">/</span> <span aria-current="page">{{layer}}</span></nav>
<section class="title">
<h1>{{layer}} <span class="version">{{version}}</span></h1>
{{#summary}}<p class="lead">{{.}}</p>
{{/summary}}<dl class="facts">
<div><dt>Holds</dt><dd>{{#requirements}}<code>{{.}}</code> {{/requirements}}</dd></div>
{{#license}}<div><dt>Licence</dt><dd>{{.}}</dd></div>
{{/license}}</dl>
{{>pickers}}
</section>
<p class="empty needs-js" data-absent hidden>This layer is not made for that runtime.</p>
{{#items}}
<article class="item" data-target="{{target}}" data-layer="{{layer}}" aria-labelledby="h-{{target}}">
<div class="bar"><h2 id="h-{{target}}">{{name}}</h2>{{#latest}}<p class="count">version {{version}}, build {{buildNumber}}, {{date}}</p>{{/latest}}</div>
{{#problems}}<p class="note {{kind}}"><strong>{{title}}</strong> {{reason}} <span class="since">since <time datetime="{{since}}">{{date}}</time></span></p>
{{/problems}}{{#latest}}
<div class="needs-js take big"><code class="arn" data-arn></code><button type="button" class="copy" data-copy aria-label="Copy the ARN for {{name}}">Copy</button></div>
<div class="snippets needs-js" data-snippets></div>
<details class="arns"{{#open}} open{{/open}}><summary>ARN in {{regionCount}} {{^one}}regions{{/one}}{{#one}}region{{/one}}</summary>
{{#hasRegions}}<table><thead><tr><th scope="col">Region</th><th scope="col">ARN</th></tr></thead><tbody>
{{#regions}}<tr><th scope="row">{{id}}</th><td><code>{{arn}}</code></td></tr>
{{/regions}}</tbody></table>
{{/hasRegions}}{{^hasRegions}}<table><thead><tr><th scope="col">ARN</th><th scope="col">In place of REGION</th></tr></thead><tbody>
{{#patterns}}<tr><td><code>{{arn}}</code></td><td>{{regions}}</td></tr>
{{/patterns}}</tbody></table>
{{/hasRegions}}</details>
<div class="columns">
<div>
<h3 id="s-{{target}}">Size</h3>
{{#size}}<p class="size"><strong>{{unzipped}}</strong> of 262.1 MB unzipped, {{zipped}} as a zip</p>
<meter min="0" max="262144000" high="235929600" value="{{bytes}}" aria-label="Share of Lambda's limit">{{percent}} %</meter>
{{#chart}}<figure><svg class="chart" viewBox="0 0 300 72" role="img" aria-label="{{label}}" preserveAspectRatio="none"><path class="area" d="{{area}}"/><path class="line" d="{{line}}"/></svg><figcaption>{{from}} to {{to}}</figcaption></figure>
{{/chart}}<p class="links"><a href="../api/v1/builds/{{layer}}/{{target}}/{{buildNumber}}.pylock.toml" download>Lock</a> <a href="../api/v1/builds/{{layer}}/{{target}}/{{buildNumber}}.cdx.json" download>SBOM</a> <a href="../api/v1/latest/{{layer}}/{{target}}.json">JSON</a></p>
<p class="digest">sha256 <code>{{sha256}}</code></p>
{{/size}}{{^size}}<p>Imported: its bytes were not built here.</p>{{/size}}
</div>
<div>
<h3 id="p-{{target}}">Inside</h3>
<div class="scroll" tabindex="0" role="region" aria-labelledby="p-{{target}}"><table class="packages"><thead><tr><th scope="col">Package</th><th scope="col">Version</th><th scope="col">Licence</th><th scope="col" class="num">Unzipped</th></tr></thead><tbody>
{{#packages}}<tr><th scope="row">{{name}}</th><td>{{version}}</td><td>{{license}}</td><td class="num">{{size}}</td></tr>
{{/packages}}</tbody></table></div>
</div>
</div>
{{/latest}}{{#hasBuilds}}<h3 id="v-{{target}}">Versions</h3>
<div class="scroll" tabindex="0" role="region" aria-labelledby="v-{{target}}"><table class="versions"><thead><tr><th scope="col">Version</th><th scope="col">Build</th><th scope="col">Published</th><th scope="col">Status</th><th scope="col">Number</th><th scope="col" class="num">Unzipped</th><th scope="col" class="num">Zip</th><th scope="col">What changed</th><th scope="col">Files</th></tr></thead><tbody>
{{#builds}}<tr><th scope="row">{{version}}</th><td>{{buildNumber}}</td><td><time datetime="{{published}}">{{date}}</time></td><td><span class="status {{status}}">{{status}}</span>{{#expires}} <span class="until">until <time datetime="{{at}}">{{date}}</time></span>{{/expires}}{{#reason}} <span class="why">{{.}}</span>{{/reason}}</td><td>{{numbers}}</td><td class="num">{{size}}</td><td class="num">{{zipped}}</td><td class="diff">{{diff}}</td><td class="files">{{#files}}<a href="../api/v1/builds/{{layer}}/{{target}}/{{buildNumber}}.json">packages</a> <a href="../api/v1/builds/{{layer}}/{{target}}/{{buildNumber}}.pylock.toml" download>lock</a> <a href="../api/v1/builds/{{layer}}/{{target}}/{{buildNumber}}.cdx.json" download>SBOM</a>{{/files}}</td></tr>
{{/builds}}</tbody></table></div>
{{/hasBuilds}}</article>
{{/items}}
{{/main}}{{/page}}

"""####,
        "templates/missing.mustache": ####"""
{{<page}}{{$main}}
<section class="title"><h1>Not found</h1>
<p class="lead">There is no such page. A layer may have another name: <a href="{{root}}index.html">search for it</a>.</p>
<form class="finder needs-js" role="search" data-search><label class="search"><span class="quiet">Search layers and packages</span><svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/></svg><input type="search" name="q" placeholder="Search layers and packages" autocomplete="off" autocapitalize="off" spellcheck="false" data-query></label>{{>pickers}}</form></section>
<section aria-label="Results"><p class="count" data-count></p><ul class="rows" data-results></ul><p class="empty" data-empty hidden>Nothing here has that name.</p></section>
{{/main}}{{/page}}

"""####,
        "templates/month.mustache": ####"""
{{<page}}{{$main}}
<nav class="crumbs" aria-label="Breadcrumb"><a href="../deprecations.html">Deprecations</a> <span aria-hidden="true">/</span> <span aria-current="page">{{month}}</span></nav>
<section class="title"><h1>Deprecations in {{month}}</h1></section>
{{#days}}<section aria-labelledby="d{{day}}"><div class="bar"><h2 id="d{{day}}">{{day}}</h2></div>
<table><thead><tr><th scope="col">Layer</th><th scope="col">Version</th><th scope="col">Runtime</th><th scope="col" class="num">In</th></tr></thead><tbody>
{{#rows}}<tr><th scope="row"><a href="../layers/{{layer}}.html">{{layer}}</a></th><td>{{version}} <span class="version">build {{build}}</span></td><td>{{target}}</td><td class="num">{{regions}}</td></tr>
{{/rows}}</tbody></table></section>
{{/days}}{{/main}}{{/page}}

"""####,
        "templates/page.mustache": ####"""
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self' file:; style-src 'self' file:; img-src 'self' file: data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{{title}}</title>
<meta name="description" content="{{description}}">
{{#canonical}}<link rel="canonical" href="{{.}}">
<meta property="og:url" content="{{.}}">
{{/canonical}}<meta property="og:title" content="{{title}}">
<meta property="og:description" content="{{description}}">
<meta property="og:type" content="website">
{{#preview}}<meta property="og:image" content="{{.}}">
<meta name="twitter:card" content="summary_large_image">
{{/preview}}<link rel="icon" href="{{root}}assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="{{root}}assets/strata.css">
<link rel="alternate" type="application/atom+xml" title="{{registry}}" href="{{root}}feed.xml">
{{#feed}}<link rel="alternate" type="application/atom+xml" title="{{title}}" href="{{.}}">
{{/feed}}{{#canonical}}<link rel="search" type="application/opensearchdescription+xml" title="{{registry}}" href="{{root}}opensearch.xml">
{{/canonical}}<script src="{{root}}assets/strata.js" data-root="{{root}}"></script>
</head>
<body data-page="{{kind}}">
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<div class="wrap">
<a class="brand" href="{{root}}index.html"><svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true"><path d="M12 3 2.5 8 12 13l9.5-5z"/><path d="m2.5 12 9.5 5 9.5-5" class="mid"/><path d="m2.5 16 9.5 5 9.5-5" class="low"/></svg><span>{{registry}}</span></a>
<nav aria-label="Site">
{{#menu}}<a href="{{root}}{{href}}"{{#current}} aria-current="page"{{/current}}>{{text}}</a>
{{/menu}}</nav>
</div>
</header>
<main id="main" class="wrap" tabindex="-1">
{{$main}}{{/main}}
</main>
<p id="said" class="quiet" role="status"></p>
<footer class="wrap">
<p>A release that is no longer the latest stays for {{keepDays}} days, and its page says until when. <a href="{{root}}deprecations.html">What expires when</a></p>
<p><a href="{{root}}feed.xml">Feed</a> <a href="{{root}}deprecations.ics">Calendar</a> <a href="{{root}}api.html">API</a> <a href="{{root}}status.html">Status</a></p>
</footer>
</body>
</html>

"""####,
        "templates/pickers.mustache": ####"""
<div class="pickers needs-js">
<label><span>Runtime</span>
<select data-pick="target">
{{#targets}}<option value="{{id}}">{{name}}</option>
{{/targets}}</select></label>
<label><span>Region</span>
<select data-pick="region">
{{#regions}}<option value="{{id}}"{{#first}} selected{{/first}}>{{id}}{{#place}} · {{.}}{{/place}}</option>
{{/regions}}</select></label>
</div>

"""####,
        "templates/row.mustache": ####"""
<li class="row" data-layer="{{layer}}"><div class="who"><a href="{{root}}layers/{{layer}}.html">{{layer}}</a> <span class="version" data-version>{{version}}</span></div><p class="about">{{summary}}</p><div class="take needs-js"><code class="arn" data-arn></code><button type="button" class="copy" data-copy aria-label="Copy the ARN of {{layer}}">Copy</button></div></li>

"""####,
        "templates/status.mustache": ####"""
{{<page}}{{$main}}
<section class="title"><h1>Status</h1>
{{#calm}}<p class="lead">Every layer is in every region that it should be in.</p>{{/calm}}{{^calm}}<p class="lead">{{count}} missing. The same as data: <a href="api/v1/status.json">status.json</a></p>{{/calm}}</section>
{{#sections}}<section aria-labelledby="{{id}}"><div class="bar"><h2 id="{{id}}">{{title}}</h2><p class="count">{{text}}</p></div>
<ul class="problems">
{{#rows}}<li class="{{id}}"><p><strong>{{region}}</strong> {{reason}} <span class="since">since <time datetime="{{since}}">{{date}}</time></span></p>
<p class="who">{{#items}}<a href="layers/{{layer}}.html">{{layer}}</a> <span class="version">{{targets}}</span> {{/items}}{{#rest}}and {{.}} more{{/rest}}</p></li>
{{/rows}}</ul></section>
{{/sections}}{{#more}}<p>{{.}} more are in <a href="api/v1/status.json">status.json</a>.</p>{{/more}}
{{/main}}{{/page}}

"""####,
        "assets/icon.svg": ####"""
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M12 3 2.5 8 12 13l9.5-5z" fill="#0f766e"/><path d="m2.5 12 9.5 5 9.5-5" fill="none" stroke="#0f766e" stroke-width="1.8" stroke-linejoin="round"/><path d="m2.5 16 9.5 5 9.5-5" fill="none" stroke="#5eaaa2" stroke-width="1.8" stroke-linejoin="round"/></svg>

"""####,
        "assets/strata.css": ####"""
/* Plain CSS, system fonts, two colour schemes. Sizes in rem, so that a reader's own font size holds. */
:root {
  color-scheme: light dark;
  --ground: #fbfbfa; --raised: #fff; --sunk: #f2f3f1; --line: #dfe2de; --ink: #16201e; --soft: #55615e;
  --accent: #0b655e; --accent-ink: #fff; --tint: #e3f1ee; --warn: #8a4b00; --warn-tint: #fdf0dc; --bad: #a3182a;
  --bad-tint: #fde8ea; --focus: #0b655e;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --radius: .5rem;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #101615; --raised: #171f1d; --sunk: #1c2523; --line: #2e3a37; --ink: #e6ecea; --soft: #a3b1ad;
    --accent: #6fd0c4; --accent-ink: #06201d; --tint: #163632; --warn: #f0b866; --warn-tint: #33260f; --bad: #ff9aa5;
    --bad-tint: #3a1a1e; --focus: #6fd0c4;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; overflow-y: scroll; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: anywhere; }
.wrap { width: 100%; max-width: 66rem; margin: 0 auto; padding: 0 1.25rem; }
h1, h2, h3, p, ul, ol, dl, dd, figure { margin: 0; padding: 0; }
h1 { font-size: clamp(1.75rem, 1.4rem + 1.6vw, 2.5rem); line-height: 1.15; letter-spacing: -.02em; font-weight: 680; }
h2 { font-size: 1.2rem; line-height: 1.3; letter-spacing: -.01em; font-weight: 650; }
h3 { font-size: .95rem; line-height: 1.3; font-weight: 650; margin: 0 0 .6rem; }
a { color: var(--accent); text-underline-offset: .2em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: .2rem; }
main:focus { outline: none; }
code { font: .875em/1.5 var(--mono); }
.quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: .5rem; top: -4rem; background: var(--raised); padding: .5rem 1rem; z-index: 2; }
.skip:focus { top: .5rem; }
html:not(.js) .needs-js, html.js .item:not(.shown) { display: none; }
[hidden] { display: none !important; }

.top { border-bottom: 1px solid var(--line); background: var(--raised); }
.top .wrap { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1.5rem; min-height: 3.5rem; padding-block: .5rem; }
.brand { display: inline-flex; align-items: center; gap: .6rem; color: var(--ink); font-weight: 650; text-decoration: none; min-height: 2.25rem; }
.brand path { fill: var(--accent); stroke: var(--accent); stroke-width: 1.6; stroke-linejoin: round; }
.brand .mid, .brand .low { fill: none; }
.brand .low { opacity: .55; }
nav[aria-label=Site] { display: flex; flex-wrap: wrap; gap: 0 1.1rem; margin-left: auto; }
nav[aria-label=Site] a { color: var(--soft); text-decoration: none; padding: .35rem 0; font-size: .925rem; border-bottom: 2px solid transparent; }
nav[aria-label=Site] a:hover, nav[aria-label=Site] a[aria-current] { color: var(--ink); border-color: var(--accent); }

main.wrap { padding-block: 2rem 1rem; min-height: 60vh; }
main > section + section, .item { margin-top: 2.5rem; }
.hero, .title { padding-block: .75rem 0; }
.lead { color: var(--soft); font-size: 1.075rem; max-width: 52rem; margin-top: .6rem; }
.bar { display: flex; align-items: baseline; justify-content: space-between; gap: 1rem; flex-wrap: wrap; padding-bottom: .6rem; border-bottom: 1px solid var(--line); }
.count { color: var(--soft); font-size: .9rem; min-height: 1.4rem; }
.crumbs { font-size: .9rem; color: var(--soft); }

.finder { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .75rem; margin-top: 1.5rem; align-items: end; }
.search { position: relative; display: block; }
.search svg { position: absolute; left: .85rem; top: .9rem; fill: none; stroke: var(--soft); stroke-width: 1.8; stroke-linecap: round; pointer-events: none; }
input, select, button { font: inherit; color: inherit; }
input[type=search] { width: 100%; height: 3rem; padding: 0 1rem 0 2.75rem; border: 1px solid var(--soft); border-radius: var(--radius); background: var(--raised); font-size: 1.05rem; }
input[type=search]::placeholder { color: var(--soft); opacity: 1; }
.pickers { display: flex; flex-wrap: wrap; gap: .75rem; }
html:not(.js) .pickers { display: none; }
.title > .pickers { margin-top: 1.25rem; }
.pickers label { flex: 1 1 auto; min-width: 0; }
.pickers span { display: block; font-size: .8rem; color: var(--soft); margin-bottom: .15rem; }
.finder .pickers span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
select { height: 3rem; width: 100%; max-width: 100%; padding: 0 .75rem; border: 1px solid var(--soft); border-radius: var(--radius); background: var(--raised); }
.title > .pickers select { height: 2.5rem; }

.rows { list-style: none; }
.row { display: grid; grid-template-columns: minmax(9rem, 18rem) minmax(0, 1fr); gap: .1rem 1.5rem; padding: .8rem 0; border-bottom: 1px solid var(--line); align-items: center; content-visibility: auto; contain-intrinsic-size: auto 4.2rem; }
.who a { font-weight: 620; text-decoration: none; font-size: 1.05rem; }
.who a:hover { text-decoration: underline; }
.version { color: var(--soft); font-weight: 400; font-variant-numeric: tabular-nums; }
.about { grid-column: 1; color: var(--soft); font-size: .875rem; line-height: 1.4; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; line-clamp: 2; overflow: hidden; }
html:not(.js) .about { grid-column: 2; grid-row: 1; }
.take { grid-column: 2; grid-row: 1 / span 2; display: flex; align-items: stretch; min-width: 0; border: 1px solid var(--line); border-radius: var(--radius); background: var(--sunk); overflow: hidden; min-height: 2.75rem; }
.arn { flex: 1; min-width: 0; padding: .6rem .85rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: .8125rem; line-height: 1.5rem; }
.arn.absent { color: var(--soft); font-family: inherit; font-size: .875rem; }
.copy { flex: none; min-width: 4.75rem; border: 0; border-left: 1px solid var(--line); background: var(--raised); color: var(--accent); font-weight: 600; font-size: .9rem; cursor: pointer; }
.copy:hover { background: var(--tint); }
.copy:disabled { color: var(--soft); cursor: default; background: transparent; }
.copy.done { background: var(--accent); color: var(--accent-ink); }
.copy:focus-visible { outline-offset: -3px; }
.take.big { margin-top: 1rem; }
.take.big .arn { font-size: .9rem; padding-block: .75rem; }
.take.big .copy { background: var(--accent); color: var(--accent-ink); min-width: 6rem; }
.empty { padding: 2rem 0; color: var(--soft); }
.letters { display: flex; flex-wrap: wrap; gap: .35rem; padding-top: 1rem; }
.letters a { min-width: 2.25rem; padding: .3rem .5rem; text-align: center; border: 1px solid var(--line); border-radius: .35rem; text-decoration: none; }
.events { list-style: none; }
.events li { display: grid; grid-template-columns: 6.5rem minmax(0, 1.2fr) 7rem minmax(0, 2fr) minmax(0, 1.4fr); gap: 0 1rem; padding: .5rem 0; border-bottom: 1px solid var(--line); font-size: .925rem; }
.events time, .what, .targets, .since, .until { color: var(--soft); font-variant-numeric: tabular-nums; }

.facts { display: flex; flex-wrap: wrap; gap: .4rem 2rem; margin-top: 1rem; font-size: .925rem; }
.facts div { display: flex; gap: .5rem; }
.facts dt { color: var(--soft); }
.note { margin-top: .9rem; padding: .6rem .9rem; border-left: 3px solid var(--warn); background: var(--warn-tint); border-radius: 0 var(--radius) var(--radius) 0; font-size: .925rem; }
.note.refused { border-color: var(--bad); background: var(--bad-tint); }
.snippets { margin-top: .75rem; min-height: 13.5rem; }
html.js body[data-page=layer] main { min-height: 110vh; }
.tabs { display: flex; flex-wrap: wrap; gap: .1rem .25rem; border-bottom: 1px solid var(--line); }
.tabs button { border: 0; background: none; padding: .45rem .7rem; color: var(--soft); font-size: .9rem; cursor: pointer; border-bottom: 2px solid transparent; margin-bottom: -1px; }
.tabs button[aria-selected=true] { color: var(--ink); border-color: var(--accent); font-weight: 600; }
.panel { position: relative; background: var(--sunk); border: 1px solid var(--line); border-top: 0; border-radius: 0 0 var(--radius) var(--radius); }
.panel pre { margin: 0; padding: .9rem 5.5rem .9rem 1rem; overflow-x: auto; font: .8125rem/1.6 var(--mono); min-height: 8.2rem; }
.panel .copy { position: absolute; right: .5rem; top: .5rem; border: 1px solid var(--line); border-radius: .35rem; min-height: 2rem; }
details.arns { margin-top: .9rem; }
summary { cursor: pointer; padding: .35rem 0; color: var(--accent); font-size: .925rem; }
.columns { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 8fr); gap: 1.5rem 3rem; margin: 1.5rem 0; }
.size strong { font-size: 1.35rem; font-weight: 650; letter-spacing: -.01em; }
meter { width: 100%; height: .75rem; margin-top: .4rem; }
.chart { width: 100%; height: 4.5rem; margin-top: .75rem; display: block; }
.chart .area { fill: var(--tint); }
.chart .line { fill: none; stroke: var(--accent); stroke-width: 2; vector-effect: non-scaling-stroke; }
figcaption, .digest { font-size: .8rem; color: var(--soft); }
.links { display: flex; gap: 1.1rem; margin: .6rem 0 .3rem; font-size: .925rem; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th, td { text-align: left; padding: .45rem .9rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: baseline; font-variant-numeric: tabular-nums; }
thead th { color: var(--soft); font-weight: 500; font-size: .8rem; white-space: nowrap; }
tbody th { font-weight: 550; }
.num { text-align: right; white-space: nowrap; }
.versions td, .versions th { white-space: nowrap; }
.versions .diff, .versions .why { white-space: normal; min-width: 12rem; color: var(--soft); }
.files a + a { margin-left: .6rem; }
.status { display: inline-block; padding: .05rem .5rem; border-radius: 1rem; font-size: .8rem; background: var(--sunk); color: var(--soft); }
.status.latest { background: var(--tint); color: var(--accent); font-weight: 600; }
.status.deprecated { background: var(--warn-tint); color: var(--warn); }
.status.yanked { background: var(--bad-tint); color: var(--bad); }

footer.wrap { margin-top: 3rem; padding-block: 1.5rem 2.5rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .875rem; display: flex; flex-wrap: wrap; justify-content: space-between; gap: .5rem 2rem; }
footer p + p { display: flex; gap: 1.1rem; }

@media (max-width: 46rem) {
  .wrap { padding-inline: 1rem; }
  main.wrap { padding-top: 1.25rem; }
  .finder, .columns { grid-template-columns: minmax(0, 1fr); }
  .finder .pickers label { flex: 1 1 100%; }
  .row { grid-template-columns: minmax(0, 1fr); gap: .3rem; contain-intrinsic-size: auto 7rem; }
  .take, html:not(.js) .about { grid-column: 1; grid-row: auto; }
  .about { -webkit-line-clamp: 1; line-clamp: 1; }
  .arn { white-space: normal; word-break: break-all; line-height: 1.3rem; min-height: 3.8rem; }
  .events li { grid-template-columns: 6.5rem minmax(0, 1fr) auto; }
  .events .what, .events .targets { grid-column: 2 / -1; }
  nav[aria-label=Site] { margin-left: 0; }
}
@media (prefers-reduced-motion: no-preference) { .copy { transition: background-color .12s; } }
@media print { .top nav, .pickers, .snippets, .copy, footer, .skip { display: none !important; } .item { display: block !important; break-inside: avoid; } body { background: none; } }

/* Compose, coverage, status, API. */
.adder { margin-top: 1.5rem; position: relative; }
.hits { list-style: none; display: flex; flex-wrap: wrap; gap: .5rem; min-height: 3.4rem; padding-top: .75rem; }
.hit { border: 1px solid var(--line); background: var(--raised); border-radius: 2rem; padding: .35rem .95rem; cursor: pointer; }
.hit .name { font-weight: 600; color: var(--accent); }
.hit:hover:enabled { background: var(--tint); }
.hit:disabled { opacity: .75; cursor: default; }
.chosen { list-style: none; }
.pick { display: grid; grid-template-columns: minmax(8rem, 14rem) minmax(0, 1fr) auto auto; gap: 0 1rem; align-items: center; padding: .5rem 0; border-bottom: 1px solid var(--line); }
.pick a { font-weight: 600; text-decoration: none; }
.weight { font-variant-numeric: tabular-nums; color: var(--soft); }
.remove { border: 1px solid var(--line); border-radius: .35rem; background: none; color: var(--accent); padding: .25rem .75rem; cursor: pointer; font-size: .9rem; }
.note.good { border-color: var(--accent); background: var(--tint); }
[data-sum] meter { margin-top: 1rem; }
.heat td, .heat th { padding: .55rem .9rem; border: 2px solid var(--ground); }
time { white-space: nowrap; }
.heat th:first-child { padding-left: 0; white-space: nowrap; }
.heat td { border-radius: .5rem; background: var(--sunk); }
.heat td span { color: inherit; font-size: .8rem; }
.heat .step4 { background: var(--accent); color: var(--accent-ink); }
.heat .step3 { background: color-mix(in srgb, var(--accent) 26%, var(--ground)); }
.heat .step2 { background: color-mix(in srgb, var(--accent) 18%, var(--ground)); }
.heat .step1 { background: color-mix(in srgb, var(--accent) 10%, var(--ground)); }
.heat .step0 { background: var(--bad-tint); color: var(--bad); }
.problems { list-style: none; }
.problems li { padding: .8rem 0 .8rem .9rem; border-bottom: 1px solid var(--line); border-left: 3px solid var(--warn); margin-top: .5rem; }
.problems .refused { border-left-color: var(--bad); }
.problems .unavailable { border-left-color: var(--line); }
.problems .who { font-size: .925rem; margin-top: .2rem; }
.problems .who a { font-size: inherit; font-weight: 500; }
.panel.alone { border: 1px solid var(--line); border-radius: var(--radius); margin-top: .75rem; }
.panel.alone pre { min-height: 0; padding-right: 1rem; }
main section > h2 + div.scroll, main section > h2 + p { margin-top: .6rem; }
@media (max-width: 46rem) { .pick { grid-template-columns: minmax(0, 1fr) auto auto; } .pick .version { grid-row: 2; grid-column: 1 / -1; } }

"""####,
        "assets/strata.js": ####"""
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

"""####,
    ]

    /// Pictures in base64.
    package static let pictures: [String: String] = [
        "assets/preview.png": "iVBORw0KGgoAAAANSUhEUgAABLAAAAJ2BAMAAAC9bmZvAAAAMFBMVEX////r7++53tnG0tGu1M98x76gvbqFsq14m5hhjopRe3c7aGUmVlISRkILPzsKPztP+xjzAAAoRUlEQVR42u2de5xU5X3/33PZBWPS3xjx2v7siNxM+2tGBEXS9jUgKCamHVEiSZu6XuOFNCgoXlCRgBdQs2mNFxTd1KhcRKdVI5cFJxevIE7bXxOEBc/PpioiOLa5yO7MnN8f58yc55yZ2Z3dHQiXz/sPmJnznOc85znv8zzf59nnzIR2IUTjCasKhMQSEktILCEklpBYQmIJIbGExBISSwiJJSSWkFhCSCwhsYTEEkJiCYklJJYQEktILCGxhJBYQmIJiSWExBISS0gsISSWkFhCYgkhsYTEEhJLCIklJJaQWEJILCGxhMQSQmIJiSUklhASS0gsIbGEkFhCYgmJJYTEEhJLSCwhJJaQWEJiCSGxhMQSEksIiSUklpBYQkgsIbGExBJCYgmJJSSWEBJLSCwhsYSQWEJiCYklhMQSEktILCEklpBYQmIJIbGExBISSwiJJSSWkFhCSCwhsYTEEhJLCIklJJaQWEJILCGxhMQSQmIJiSUklhASS0gsIbGEkFhCYgmJJYTEEhJLSCwhJJaQWEJiCSGxhMQSEksIiSUklpBYQkgsIbGExBJCYgmJJSSWEBJLSCwhsYSQWEJiCYklhMQSEktILCEklpBYQmIJ8fsUq7A8q7o9qInukVzzZ2Qjy5OqXbVYDW6vzshSmKI2S2I12KspWdcuIbEaR/HajNMfTrJUvxKrcV7NbHNfdY6RWRKrUdjz2sqvO0/LqYYlVmO8uq/VeLd7rMySWI3x6lbf+w9k1kFKaFdDs3v8O8FPjvkPVbJarP7yQoVXvH+2Klli9derb1b58BWZJbH6x8vfrPrxK19VNUusfrCplkAv36J6llh992pszU33ySyJ1VfeHtvNxvvuVU1LrD6x/axuN8//nqpaYvWBD3v444097zHV9UFFYyZIu4bnejzQ4pRqWy1Ww73Cvjit2pZYvSJ/Zq6OVPalGVW3xOoF9S4V1WJlidUrryZmG55SSKzitfXbUtBiZYlVr1flhcj1oMXKEqs+zIXIdZmlxcoSqx6vfAuR60GLlSVWPV7d2ut9tFj54KBfM++VC5HrQYuV1WJ1z3N98kqLlSVW97xwQR931GJlidUNNRYi12WWFitLrD0ihxYrS6wabOpfd6bFyhKruldj+3lcLVY+wInM6ste20f2+8A/az5Nta8Wy09nA5zo7R+DxP5FXyZI7dOzDWks18dV/2qxDH7bEK8ofEfVL7FMVjTo2OtV/RLLpFHBUZeqX2KZWA06dlHVL7FM4r/HY4sDWKxUg44dVfVLLJNxDTp2k6pfYpmc2KBj/4OqX2L5urAfNuTQx6ZU/RLLx9m3NeDIR/9ctS+x/ISmTe/3gQe8ElPtS6ygWbNb+nnc5lfllcSqstvd/TOr+bW46l5iVdtvYbI/Xq2UVwc4fX+usB/fHRNZk1DNq8WqZcfqhLwSjReLaB/NiiyXVxKrW7NW9WVkF3o4qWqXWN3S9HbvzdK3J0usOsx6rbdmhe6WVxKrZ47spVmhuy9UnUusesx6tVfJZ8sriVUfR73Si8TTrlaNS6w6GVG/WdPmqsIlVv1mPV9nwqvk1cFDQ36k6eW6vtLoS8+putVi9YovPS6vRGPE+or/Xc9mjfV79YSqXmJVofPVP/Wb9f0edjjGH4g99+021b3EqmQ77/m/0u+b3ZsV+AruFy5Av+UrsarwbMWXkP5tdw9YHP2yP9j/JuxQ3UusCuxWgl+bHJpW26yj/Q9OvPJVYHdOlX8g07eviuycD7DlN+Yz0aHRna9VTz3gLZ9Xm04H4H+NUe2rxQrwtvOf/xtqwzUe3Qk8kFP6Xlx9u63EqqA0pJvvC8GrP7oTeCBne+n7ljtV+QcyfZp5Lw4q7+5fBlOYkqnwamXCfPvhmHJstTGu6leL5Q+xvCh+ZtoXsVUsZ4/4ver0vGrYFwOKA0asJk8W+2K/WYEHLAIP5HSN8LyKpFT7EivQDBn62Jf6ej//ozuBFix/Zq6bxk0c9DEW5IflarZKw8ubAg9OmI+4hlYkVflqsSqIGs/nBB6J9h7d6c6rxfJKYlUNs4ynKAqTrGqbAg/kFK81vNKzOhKrBubzOZ1jrMpNgZmI4sw2akxSCIll6mM8n9N5mlWxyf9ATtH8TSY9q6PgvTvMHy0M/J35w3tPPcd8b993q/dGz1RIrD6b5UdeSaxeYT5FEVjL5+Nx44e+tPZdMVaPmJK8/6c1kz0nryRWL80ynqJ4r9bvj79wgfd6rLxSV1gXPfdy9faXQi2WgfkUhX+xsssr8upgpG9Lk03+7NBM+bV/sbIzcjzdHDkOVI1LrHo701O6vLXubwTNMmckjtKPBkis3pj1F8ZTFG80n2Zu2z7Sez3gpaNV3xKrV2Z9mC2/+dmRJ3lbPjzt0/Jr/RiFgvc6WOfLxPiZCtv4Y7OxwD3oVYeqXmJVobD0WV+7ZywHtWek3VddhlcR/4+c7FiYVd1LrEryrHzJZ1aVxcrdLET+aDYZ1b3EqmQjLPGZFV3tjfgKU7JA/oys4VXS59VNsFV1L7EqyQBLfI1OcLFywfAq8GMU+ZuAvOpeYlWGWBbAUl+c1LTJMGvSttoLkQsLAYoKsiRWBR8CUHzoX80Pm83FyqPaDK98C0Y/t8AC4DFVvsQK4rY2xYcs89MaPybgX4hccL2ioMqXWAHsdNASh6o/JuD/0YDiolIX2JVT7UusQIhlxEs+s6r8mIB/IXLRiMsUZEms2uQX+hqeEcEVWV8JeGWMJGOqfYnlJzrfnDvwmRVY6+f/Bnjb9GpqQrUvsQIMmmeYNTtXUyX/QmR7peHVpHGqfIlVwREzvdddfrOMr3z3f7m7vTLtvTnzHNW9xKrCUNOsm32byouVAwuRXzO9mqyqP7Dp83qsw4d7s1aFzWPNTe5i5cBC5NeNGdFTv6Gal1i1zDrqrfLrnT6znMXKgUejX3/Ue33Kxap4iVWTPzrCMGvHSaZZf9H12lEv+hYib77fez3spk9V8Qc6/Xqu8NW2mlHTxpG+t1vu9l43/6OqXS1W921WdFP59dauE81Nx9T0qmmengGTWD00d0NMs/In1kq3Y57pVUy1rumGnsyalPTe+Bcrm17N9l5H5ZVarHrM+pPfWOU3//ezx1dL85Hp1bV6tlBi9d6sz8UrU+RnmF7FVeXqCuvL4PyE98a/WBkoLUR2LZZXEqv+HC7zzAosVsZbiAwQuUxeSaxe9KbXxQ2z/G2WucQ0/K2E6lti9YL/uc4waZFlbPEWIkP4W19UdUus3rVZ882YyjPLXIjM19ReSazeMshcUlo2y7cQeaoW9kmsPphlLil1l8Hb8kpi9ZsjKhYrayGyxGqIWYHFylqILLEaQ2Cxss8rLUQ+6Oj397wbbL7Hez14m/f61ItUz2qx+sEwQyDDq1PklcTqH2OqKTRshmpZYvUPu0qnN2xGTrUssfrLKanAB01qryRWI8YCk/xmNc1TFUusxpiV9HkVUxVLrMaYNdUzSwvcJVYDzTq/ZFb0WnklsRqYpWuWFrhLrEablUAL3CXWHsj0soQWuB/kNPJvhQbFtw6XVxJLiP2iKxRCYgmJJSSWkFhCSCwhsYTEEkJiCYklJJYQEktILCGxhJBYQmIJiSWExBISS0gsISSWkFhCYgkhsYTEEhJLCIklJJaQWEJILCGxhMQSQmIJiSUklhASS0gsIbGEkFhCYgmJJYTEEhJLSCwhJJaQWEJiCSGxhMQSEksIiSUklpBYQkgsIbGExBJCYgmJJSSWEBJLSCwhsYSQWEJiCYklhMQSEkvs70T3jWJ8eiwAf5nuIV1xEACf+VW9Gbs7HPqfutRqscTB2GK9m+hlmyHUYgkhsYTEEhJLCIklJJaQWEJILCGxhMQSQmIJiSUOGhq4bKbYvm7rLuvjwwaPGnVute2Fu9ZaQy9Pld9kP/+tS2JV0q3emDl9YiLw2YafVnwGkF/8zpvFdz6JDT6j2tYqdLRve2ub/cnnTzi9zh3I3/CM/UmsXPDAOS9a/s4n354DsGXtim0fHzb48METxksrCO3q5Q61Vjfk71qcK7856sV46eXgHMDA9+iclAVCN10D0HVmFuDoX7ipvPVY+VmPAaEbZxh5d019CYhcPyOwHuuNu17yTuTK71a98r71WKsWvOXt4JQkf49T4pbywe4FYLgjkn3/ze7np71QmWfhusecUhvp4PDqN4zE6otYu4/xN4SrEwGxChOzzgFXJKEw1JXwD/89IFYpGTdf7TV1pc++fZtPrOcu8B1z7PM9iTW31bftK48DhSMA+Oy7pU//84sAPJoCKM7/Xjn50a/EAnnaM9rc24F/vNXMObJDMVaD8rED7deXgwmecOWwvwE8UWrc3ssEkv3ATca8bOVn92V9aT/27/rKrT0VMud/+0IbEHHugK7yp06bFnIarJmeV3zw58H8ftFWevUf/mMX1RXuqeD900BI0jm9vKWVT8tv7G8GdptTuWW399lXuz1mwLueuRbA6QM7yx86qjc5vrSZyd9rC7SG5eIUviqT9tao8GX/29e8lwu40XvzW38rssC4jCVNHjJSd6uO/Xe9LGMhBZzj7JsuZZL2xAr6cr3/7X+Vy/5eTibtLbEKvnjGbjHCsbxx59u+VqCztVKTzjl1q/N+b6/v68AA52WpHAUnj5MBfhHIzywK4IV4z0qkvSYW9/hie+MS2XeYW+4132zyaeL893aVz2rJnO5lGXdnyxMuG0vRofNfCrD/Oph+ka/b9prPVom098TaXXPL93xhfs3o2tXkO92MEbrNuR5aIdzii953eGL9tqIB/NQcaxS8c1BPWEEDJ0hDo88dPPiP39pxpVPN+Wyinr26am+6JQV0dRtWRS45+fjDCx+/eqvPim44fMrIwYN3fvzUY87btUCqzYzenUFhcwxY7H50+YQ/a7/SeTm9amncmyPywODExq0bFsuqhop11ANJJzh5e7hjVsYv1pEzdtztCXHdcQ8516hgxX12XnFevnTVdwB8WtrjjtM/eiowLAtdfm0MgFGDv9mTpc4ON8wEiDEq8Z2yEic7bWEmaQwKo4DtdnBfuh2mHnpBdXMPL+RKhw2tj8OoUeffcdc98qpxYnkT000/dGKTzHRz+8BN8H9K4W5oeZKUO6Wa9Yk17TY42Y3oOwHcufXQwymOH5n29Tmhuy8svTwrlnMi71i37dvi8iTIN27NlcRqdqcZksagcBDQ5Rys+TmAsxNZU3PjZlq/ZKvz5lD3RKI3nfdlidWoGKv5Be/1GLNTKfEkMKn05g+TMMAdKFq+bG4DQrcbI3+3kTokBUT+2ZflX1zonYa7pdt+k6tSnmNzymPAJkfGR81BYQuw3Ul5qiPxHP+sBAADXk3C6HtanchvZPnz4W9LrPAeyMe9UgVfg5X0NsA/leLjYMDuODkwVp4CKLrh8iUAnOg7ptnUDa5HLHOHc7wdWoxAyRgUOnMIoe87n5zin5UA4A6nnPFc8A6JSqw9Mip0LqDv7xpHmlc2mgA4qYoL033D92z5Qoecix9tqXXIJowIqRcnbpUN320EUZF4WZTmuO8AZvvaXCrNYXWOHCRWP0lUTg04xiTdK2JeKl8Q5CYYVx7Qu3aWLm+yZlje2zJGvPZymBu9G4NCgLSvgtz/PzIjLH+Ov7tZOu2ZRvujFR0brY+rzzk5Rrhd3CDTBauy3SnF04Vyf+pqUDLOY/XGtdtsrze1eiqjvca/Q85o7ZLlJm+QF22VjhxyhgdmM3x14O78wZIpX0tIqUaLZS+90Rcu+WKsUNwUK16rkQn7m5NiOZNowLzSBNKsx3pXyB13BnbIAhFnxPfYnHJwfo6n0K8/70tfrLhZjFLtfPDBURMnyq2GdoX2fVfmejxMrIcOLeJPXig3QYmqxc2fEfQq130hPzy1qohOrNTlNVNJak3yG2JF4lXuzg13nH6TJa0aKNbzt9YR0VQZnfk4rFSqWMCUqmIVz8h2c92rkB9TXbxzymI5Y4VQbbHsaucUNscU9gOTsvKqYWJ1XdCLw8R6nA8ojytz/j183efLvb2AT9Zo0JyQrpAtjewGQI9/lvTdLFf728UzZFbDxHqqrlSxRha9cEFv5Z/e/VxFujQojAZDxKpNoiH5sYGW8SsSq0FiFef0JnW9ftndtlgf5HpZyE01K8Hpyp4tDQpH9nru4oeBmYeMxGpMNr/L7YnChcpG5apMYazobXbfqbkl5UyXlAaFLZVhYfXSlflKYDwyXWI1Jps33f+PXr5x165dLf3Or56BVav7/5Xtu3bt2l5H1+lGPqEF7bt27XrP3OQscOh0B4XugxS9qsan/Q+ffXjQi9WgeSy36R/4iwb5lCtZH2ixjBCntLpu2tw6My8tKbynpWb0PsIIudxb7tjW+sy6auIN3kOO3axylFh9Eet+578+D4o+rvAn5s/RrvCkeW4d8wzmDoc4Xvli86gzrZ453IzlHT6ZUGfZh63oaF+x1bXdtuLqChuBc+GbU/V3ZN2OuYrlAf3x/hwNf1wzjobaYzh/V+j8dymVJrp/4257y+gYw3VnXGLI5Ws6noz57jSJ1c9BoS+zYp8j+YL//3A5y52lGYOKYybqvv6unG5T8k6V6H1HxngTjdXbFJrVOem5ft5bEiswL2Bk1tXnfEp7dpZbrKg/PnqpYpdErQ0V5Hxipf2NjXNY58OkmXNX1Sa1NsMRDRfL/e/1PudTcHsQ9zm9w8vl63StaKs4Zq7u8X3O/M//2GMpes8BRF31HL98Dz4Wr+3xKBE51UCxQr77eU7fM2r15ZAqt1jugw35TMUxsz7xuiNmdlKBxevRRFCy8hKd2YZXM9uqN7Tp3rRpEqs7fvt5g3SpXbHAeQq0rzhP4pce6EuWw2oeBuCXlSXfAMCSOvJ2GyJnbXvwQZqU93JQaZjn/Pe78unkz2ur0WBffG+wN49LrIa0WE5rYM8BCmf1I6POWwHbbSRCSS/g+TQNFP66ss/5nQV8UEdPWFo68QHAy62Bjed4L12VSyv07UluIP76sJpDPXvepGfcl4t8zaPE6ifuDf/c4ndWTcz2J6P7Zmc3lDqcAUaHZF/6yDvrp+QqxbLHrC384Av1ZO1OT+W/sPGj+RXfDnOk9zJZqhrXsM4xD68rvrnq9LO6627fuGTowrXvFDfMmOMbUxy8NGiC1K1H+9r+ZmTff3/59REAA0tx/XU1ouTOKXVmXdrhgwm1raP8hVnAxW6z1jmrnux3ml9JEVFX2JhsztkTZbsNoKnWve9bXVdXi9Vd9xROVip2TN/7swEK3huTzUBf09DS12x8VzKSMgeKvqGgLxYCyhPw3eIbrZ4S2NhSKVa4rc/1cYnEakw2TUnjzTF9zmYEldlU+6xyww/ryP0809Bg9F5+/sd7vJqxfW2yQi0Sq0H5/KNRq//U51yObKnMpnlOjaybjcSH1BMsm4mOjdfqvIxbJPpcH8/j2LjEalA+x3gXbWzfR0S5ecbFKWVzeS1/bveEe6KudsSzP/J4rQgsZLa9fzInkGpMfQ3W40isRuXzo/Kt359a/cz0ykvf/P3yBfuRP7ArX/YvJevK/QvlZDdWyF9a3dfs+3Sa7zGJQYtfqH7y/txC9yQkVsMe/zr2Sbc3ezHWn2xuilVe+r8pvZwW8OcqNx668l/qDH2WOb1n6KqrKze2BGN3gPDN95dPJ7Jgc43Bb3Tt/ScZg46FirD68AMCtdmx4Jnc6Akz+7RvwVmdMChR/Zcpri9/1u5c79Kviqxa8E7k5Kmp2hnbTzsXe7L7dunD70TOO7NaA/eb/w04vwbgL9qDz1gfHxY+r/rvuHjJ1r25dtvHMOiymbKqsWI1it78lk4DyTuT74+mJMUBKtbvCUes0NaYqmKfirH2ewq+waGQWA2is0rsLiRWv3G+h+ZkVYTEamyI1WpOOgiJ1RjeOCMHfXoIWlRF3+8LTMmVHr/XcheJ1UDezJVeHaHKUFe4J/i+qkBi7QEGJFUHEmsPcKSqQGLtAUL/rDqQWHuAaXHVgcRqPGNvUx00DE03uBw29LLJqoUGhhVaNiPUFQqJJSSWEBJLSCwhsYSQWEJiCYklhMQSEktILCEklpBYQmIJIbGExBISSwiJJSSWkFhCSCwhsYTEEkJiCYklJJYQ+4ZYPxrTmHzmjd3zJ974YxRH/eXeu24z/3wfF6u33zbTdRow5ORLY7onRcNbrI6l0/Z+E7M3+O2ojJT4vXaFm9pUdaKRXSEc+hO2PpVe3KK6C96jG/biwe4+IFusE2aRl0ii8V1hU7KgqhON7QoBSGSs5r+anQKY9/yro2EUPJIAdix8d+LFABSeXjF6YgLY/aVpf7do3aivxb2R5dk3P7xu9JQ4YK9p3zZ0iLMHH61YE3X3Bp6f8zdX88YzHU2nXwJO0sgpZ5929hyg+PSG6ITxAPayN60ThlzsK92vk4/84eINZ7dQePrN6MRxAB89ve7dyWckANiy/N9GzQSY98KrAPkxh/4EgJ9PZyZ8NgMfPZ052fip4Hk/fsUp9xwoLl//7gmjJwOsX5udcF55fFw85TM/pXDqZzOrFp/g+9VpN5k95f2XAXZ/6ew5YK/Z8O9TJpdqo33HxEBZqp2EU/J5P34FZr72c7dKnN+qHnXIz15f3nTKOfu7WDGssWRTgJ0eaHyev8KiI3whULwjzbYVSxybnnyEbf/2Iy+ZfUeabf/6I+CFOWCtCV8IULjcgo7/me7qN6f5an5xJbDlv68BePtGWPtHzv5PtkL7jSnggUdh25qTE/7yFa6w3MPQvigB+UnAsvSPY0DhBouOCEAibcWBPMHrUbjcouPZH1ebU7FvT8O2tZOB7VdAx08erxjY3MS2zFPl26icLJR0amAnCeDFW+D2Ty4s1cahVcoSPAmn5GYf8+qNsOa/L3QOcxW8dHxiPx8VAlHWAuQ5ITQrGZ01a1YMWGkNifMwwMo0Q8jPBmB3a3g8m7Levl3pcLI0shw8Ic5DTv1aDBlMzk3zENdBkcET4iyxgMJswsliKwBvtxKNF+/MQeejDJkQryjcdiuahBfTDKF4pXOiQ8bT2QrwlMV4lgGMJwvQgdu+HHUN58+aNd1N0nlvtdPenmbI+DhA/irCSX4ZHB8XZjOeLu9TL1kibwFsJAnbbyEa5wHLrY3xFWWpdhJPWYxnuVGNf080zkMWgL2QCfH89/b36YYcsXAqD1BgHFNi4SlTpsShOOcbS5bG8zkoPspNS15kswWwZsCyBXNIe7tvblq2cC6LgejCZXcuS+XTTv0uXLLsyVKttg1MQfjGZXcubymmge3WgNUL524B4BG+/trSVD4Db/D1JXcunxcs36MjVi5IFG8J37hkVbIzC0xavWTBE6wBiq3hhQue7MoCTU6ZMlH3Ph+aYvSUKSnyreGFC55kdbUzb+fKJQuWXQNssoYvW3gfiwMJdv/q4QU/cm46pwErJxtJBiDbFIPlnLVy2fRim1sbC1qDZalyEoXW8MIFT3V5N+gqRqxc1pJvA+j86cI7n2DLfi6WnSZOoisHbDBuMYoDryEyvZiGvHXiORzxD8UMwLs/iHMm7V4661vx0KR4FzBmHISv41ngDb4+DoY5PaG9MHwfcMxkCF3BCmBd+Aex0KTjALoyh8wgcj3PgBW9GEKTgj3Au/Ni4UQXIyZz+O2kITIvBsNbunLQxfBxDJtuAVE6ADsTCeydZ9I4hk3PV5sttZovgvBUIB2eHw+NaekKJChefhLD496nXrImMkAxHYFC24DvxsLfiLe7tcFJVcoSPIk8Z41jaKtVTpCJzouFv+VUbHHSOAak8tb+LVbeaooxngyQiZod0XnAaCzYzOnAKB4FaEpANF40jtoC4ZZ8BmIAzfGtQNqJtJzA5u3MiARwGEAkVQA7HU04O8IWZgDR1FbIhasFQjTHgfVcAzTF10IIgIuKWdjCuW5BCaUKQN4KBppPMx44z/2Z6EBbXbryhfSAODA5nw3UaApC3hU2kkXYChQ4AbqYAoRTBYBoS/WyBE9iPeOA0V5PmInGoSnZmQOYDCSL+7dYW++iye1I7LTvqiSBMBZkSQFRZ75rCBBK2MZ0hRHhACRtKGSaPUeKs6NzjTGoDQWnyscDbAynABJFwK5awgkAmaYEEEoWvbAwB5lwsjxoSXZZUODCwN7ZqJNkW7Wsi+Vm7VyAQQSuZVMMiButXzlZOJl3Y4dSKOXM2tQqS/AknGI1edGck8KxqSkBjNyfpxt+MwrgGoiyFfKc4JuGwG0drGgMCCdfBjjJa4kcIuXLDLvezJGzwcbrBUKbrK+412bXVovtBbAdpyJGqxG3Id71bLUhdgIg59w1MRvA3voWRXKQi8TK5z2KTAsbCHakllu+YpWc4z99yRn62449ofJow7xV4+VPzWSJn+ZizuGscALg80UrXrsswZNwXobj75UVTzg3s5VwDxsOFma/m24YkYJQ6gXoYlwwtxAW5ELGRY15L43KD2EBr1/l7mhzvNcq3NJ0tRvmf6N8gWKUrM3ZywG253OxUcxfP3FclekQwCoud/4DCnekAaNk8feACJkWstGAWLY10EsSZGTbrCkTTgKKbFkOFIMtVsh/F5nJkq3ZJNlwAnLO4K4LK15q3irLEjwJs+QAu5wUjk2h8rH3Y7GGnHwpQDJtxTeasbt50zs3WrxYdWvSqYV34IOrvCvg9R9d1iHOpel0vcrFTLGy+bvcoySOTGZWr546s5pYRYu7Shrbs8qBuGVcnmi8A7st+AvjtnuBEv9Vpeinxq2ly8+fAdtY6mbYbXBhJjuCbJJME5Ar3lUaXpfEqixL8CQyA/FJm3NeRjyx2HdarN7HWIdu2LDk2pjTeGcDsbshViAiqUIIGx7hzEXtG6b7a4ym+G4n/lrNsEVPb2gN1JlxKcOzkrDk5qpDVyMq6sxEb1i+4VVDLEfTZIE8Q2qIVTV+i9wep/jUvUZxrB4mZrxkEZ4hb0WqX/9aZfFOIl4557OP2dT/rtBtvNN/5Zt3N9ukVzAihKra2YQppgfMd2vGDFbC1/z9PY8DtDU96d9sAyRffbmc9IgF7YusFy+OVxP3kJ+VXm/h+lR5Z+NiJNusoxlXsaNzO+Sq9izDli1fbi27KBZz/obV898ovGTR+PsUmAzEml6trLLqZfFOIv6+X6MYVtwLEvYx+rM0ORrvKFTcYqWTtv2D86piJSkyhbI5ltnhvJ0FitawwGYnZjPbwfAZSy+irdqpGf2w1ZQq72wb7cwQMpWxezhum915sPUIn/9gKp9mMHUN7X3Jkl3sIAHEqvwRv0ZZisE6tbysc8EY4sAQK5QsdNUIsUo1l60eThacf2IUnErJAWG2epcwck3xHqDgBPSOWNsAdlJ5WSKX8VK1oxjXJBsOWFmw3AY7k4kmqu9YtMqFd0wrd0uDrsVyZlXqqWAjWaKYzYYTQLzKhFN3ZXHqNG+U3Mt62wHXYpHsWueIFauIRmLFDJC3qouVB+gg4V6rQgYIx7sINllOK29ngEg8D7DOqexM4CSqhnJx7xo43ccGgHg+WyoBRONbzIk4d7ge67KAvDfIihVyYPy9JIJFmI31VbCRbBTZTCQGxMhU6QC2pKPdnUTCqVOjm3wGIHPgiTWEOU3x6mI5fxcLzHIZoz4gE064HVwXQKjFnMOOzC3eA2HeKqV2JrPttJP5o4E+Kgz55emg98U2z3PA+WvcBDKGJMndZhFDpUFrBujgdG/3bGn38gg2yub6gtjNZlS6LhMFGFrxJ8aKslSexGheAtYbWeeBYpVmbn8XK+pOWBKr+LPaUFblsO+mxu8s3wydbU0xwjwN9t3uRPNVQNG9fCPib2cJsRmclQiML94Mv3wX4Cg2ZYDCw7DQAnYwDvJ3BcUazsossPMeiHdlYHvGKfTSHMU53sTHOFOsFc4VXATFW0h50cw62J4G7Nk5oIM44en5mwH79Wz3FWwmi7DZcac5vvtZoLgsMAlTOSNnnESUVRb51nJEFUl1tsEmq2kf9Kp/PzYejVtD3PbpuvFMNW+cpmTmyos2p6OpqjtOWLfwi6sZApG4tXBcx7+kngea2H3j6X+wKu/sEp77d/c8Hklmbhq3s7WlDTgq/supx607cxUQmd56/cWJjWvev5TtU88duXMZVQ/TlEpfcfEfb1uzfQYjuWHmH6waugWIJjMLxm9+N/Vj9wYwo8QIv5waHzinKW7dOG69NaB8Qkey8rjjFg3bDKxsv/j4nQvDSZjS+uLnRu7qeOaR7ivJTBZOpd05vGv+/o6OcVvXv/w1381YJWI1TiIyvfVr4zve+3J53nZy+sH855Yz44ATi2SbUxNHJTPtTPVtui6z+Xr4VvX9mo9bupTobRCePn3pUgbGASL3TVu9Gs6m1GT9Mpu4KLNqFc4Fjsz7246OaMuqGPD1bOYhYACQX7oUN0XF4Oj6rPUgcAgMp+sOuOMGgEsyq1dzYvn8zYm4yNxbOjo+S3j+36xeTXi+V0stbQ/CA1cA5B8CBsRhwNxbli3ruY58yRKuWIxJpZcuNf/wV1GWypPg62mrnb/9dTn0G5FKP+j8FeQA6wqJu9UUufOSYJUc+Q/AiRfWOOo84Pw4MDYF0fvcgL0FaCrdtOG5fJsTWyhf4BEPJMOzjiMGRGYBDJkJX4sD0R8AH1Xe7tH5AEO/C5EngLOcBMNbIPrdcufnu7XOunY8wPDpwCQjvyuScGICCM2PA02PA0xKAeGpPUU4ZrKRJXfC18eBIZf656yq3ebeSRB58BImTc+GvdlhIDpvX/SK0K7+7O0uGq/O1o0nVP9re9dpZ89Zb7kb7Q3W0NKlsbe+FRrlN9TeYA0yA49P/9xZab9r6/874SSA4trcYYMSwPNz36g81M6Nn5zs/Aly57rwuaXQ+03riGS5LH/ywypFtLdmB/sKb7d/cp47VbIud9gQp5D2m+8cPrLnIVn1ZMWNlv8QtcpinASAPfozPy2/2fVm+IT4gSdW8ZSBP+/Dbs5DCX3j59NrzXfft6QvZfntX05r2VeuRX1l6Tqt9LjFPk2/usK8syBoL2Knw7VuUKtPZVlXa4b390B9ZdnCORzoYr2xN69K/u4cvJgZUKPrsTN9KUuxrWmf6Ul6LsuiLHTdEm7ZH8Tqx6hwZaY9ujdv9yVPJ7dtqzm2DvXhAffijXnrC/uKVnWU5cPLxhfXcWLsABfro3aG7dWy5tvhyw0dW7fDNfvKlainLMV2aPouB7hYhCdcthdLGrl9wzNDzzu3wZHA+Yl95lL0XJbLoxt+de7E+H4hVv+mG4TYE8G7EBJLSCwhsYSQWEJiCYklhMQSEktILCEklpBYQmIJIbGExBISSwiJJSSWkFhCSCwhsYTEEkJiCYklJJYQEktILCGxhMQSQmIJiSUklhASS0gsIbGEkFhCYgmJJYTEEhJLSCwhJJaQWEJiCSGxhMQSEksIiSUklpBYQkgsIbGExBJCYgmJJSSWEBJLSCwhsYSQWEJiCYklhMQSEktILCEklpBYQmIJIbGExBISSwiJJSSWkFhCSCwhsYTEEkJiCYklJJYQEktILCGxhJBYQmIJiSWExBISS0gsISSWkFhCYgkhsYTEEhJLCIklJJaQWEJILCGxhMQSQmIJiSUklhASS0gsIbGEkFhCYgmJJYTEEhJLSCwhsYSQWEJiCYklhMQSEktILCEklpBYQmIJIbGExBISSwiJJSSWkFhCSCwhsYTEEkJiCYklJJYQEktILCGxhJBYQmIJiSWExBISS0gsISSWkFhCYgkhsYTEEgcy/x8B4Ohi7zXuDwAAAABJRU5ErkJggg==",
    ]
}
