import Model
import Settings
import Testing

@Suite struct PackageListTests {
    /// Reads a configuration whose layers are one list.
    private func read(_ list: String, layers: String = "[{ from: list.csv }]") -> Reading {
        Reading(smallest(line: 6, "layers: \(layers)"), lists: ["/project/list.csv": list])
    }

    @Test("reads a list as Klayers wrote it")
    func klayers() throws {
        let settings = try read(
            """
            Package_Name,License,Authors/Maintainers
            aws-xray-sdk,Apache-2.0,AWS
            oci,"Apache Software License, Universal Permissive License (UPL)",joe.levy@oracle.com
            python-pptx, MIT, python-pptx <python-pptx@googlegroups.com>
            "psycopg[binary,pool]", LGPL-3.0, Daniele Varrazzo
            fuzzywuzzy[speedup],GNU General Public License v2 (GPLv2) (GPLv2),adam@seatgeek.com
             SQLAlchemy ,MIT,https://pypi.org/org/sqlalchemy/
            curl_cffi,MIT License, Lyonnet "
            """.replacing(" \"\n", with: "\n").replacing("Lyonnet \"", with: "Lyonnet")
        ).get()
        #expect(
            settings.desired.layers.map(\.name.text) == [
                "aws-xray-sdk", "curl-cffi", "fuzzywuzzy_speedup", "oci", "psycopg_binary_pool", "python-pptx",
                "sqlalchemy",
            ])
        #expect(settings.warnings.isEmpty)
    }

    @Test("understands byte order marks, CRLF, blank lines and a missing last line break")
    func lineEnds() throws {
        let settings = try read("\u{feff}Package_Name,License\r\n\r\n\"a\",\"x\r\ny\"\r\nb,z").get()
        #expect(settings.desired.layers.map(\.name.text) == ["a", "b"])
    }

    @Test("reports each bad row with its line and goes on")
    func badRows() {
        let problems = read(
            """
            Package_Name,License,Authors
            psycopg[binary,pool],LGPL,x
            ok,MIT,x
            two
            https://evil.example/x.whl,MIT,x
            a "quoted" word,MIT,x
              -r /etc/passwd,MIT,x
            "half,MIT,x
            """
        ).problems
        #expect(
            problems == [
                "list.csv:2:1: 'psycopg[binary' is not a requirement: the extras have no closing ']'; "
                    + "extras with a comma need quotes: \"name[one,two]\"",
                "list.csv:4:1: the row has 1 column, its header 3",
                "list.csv:5:1: 'https://evil.example/x.whl' is not a requirement: URLs are not allowed; "
                    + "name the package and, if need be, set 'index:' to one that has it",
                "list.csv:6:3: a quote inside a field that does not begin with one",
                "list.csv:7:1: '-r /etc/passwd' is not a requirement: options are not allowed",
                "list.csv:8:1: a quote is not closed",
            ])
    }

    @Test(
        "refuses lists without a header",
        arguments: [
            ("", "list.csv:1:1: the package list is empty"),
            ("\n\n", "list.csv:1:1: the package list is empty"),
            (
                "requests,MIT,x",
                "list.csv:1:1: the first line of a package list must be its header; "
                    + "write 'Package_Name,License,Authors/Maintainers'"
            ),
            ("\"Package_Name", "list.csv:1:1: a quote is not closed"),
        ])
    func header(list: String, said: String) {
        #expect(read(list).problems == [said])
    }

    @Test("refuses rows that no person wrote")
    func limits() {
        let head = "Package_Name,License\n"
        #expect(
            read(head + "a," + String(repeating: "x", count: 5000)).problems == [
                "list.csv:2:3: a field is longer than 4096 bytes"
            ])
        #expect(
            read(head + String(repeating: "a,", count: 70)).problems == [
                "list.csv:2:129: the row has more than 64 columns"
            ])
        #expect(read(head + "a\u{1b}[31m,MIT").problems == ["list.csv:2:2: the row holds a control character"])
        #expect(
            read(head + "a\u{202e}b,MIT").problems == [
                "list.csv:2:1: 'a\\u{202e}b' is not a requirement: it holds a new line, a control character or a "
                    + "character outside ASCII"
            ])
        #expect(
            read(head + "\"a\nb\",MIT").problems == [
                "list.csv:2:1: 'ab' is not a requirement: it holds a new line, a control character or a character "
                    + "outside ASCII"
            ])
    }

    @Test("merges what is listed twice and means the same, and says so")
    func duplicates() throws {
        let settings = try read(
            "Package_Name,License\nRequests,MIT\nnumpy,BSD\nrequests,Apache\nboto3,MIT\n",
            layers: "[{ from: list.csv }, { requires: boto3, targets: [python3.13] }]"
        ).get()
        #expect(settings.desired.layers.map(\.name.text) == ["boto3", "numpy", "requests"])
        #expect(settings.desired.layers[0].targets.map(\.description) == ["python3.13"])
        #expect(
            settings.warnings.map(\.description) == [
                "list.csv:4:1: 'requests' is listed twice; the first is at list.csv:2",
                "list.csv:5:1: 'boto3' is a layer already; the one at strata.yaml:6 counts",
            ])
    }

    @Test("refuses what is listed twice and means something else")
    func contradictions() {
        #expect(
            read("Package_Name\nrequests\nrequests>=2\nboto3<1\n", layers: "[boto3, { from: list.csv }]").problems == [
                "list.csv:3:1: the layer 'requests' is defined twice; the first is at list.csv:2",
                "list.csv:4:1: the layer 'boto3' is defined twice; the first is at strata.yaml:6",
            ])
    }

    @Test("joins the targets of lists that share layers")
    func targets() throws {
        let settings = try Reading(
            smallest(
                line: 6,
                """
                layers:
                  - { from: list.csv, targets: [python3.12] }
                  - { from: arm/list.csv, targets: [python3.13-arm64] }
                """),
            lists: ["/project/list.csv": "Package_Name\na\nb\n", "/project/arm/list.csv": "Package_Name\nb\nc\n"]
        ).get()
        #expect(
            settings.desired.items.map(\.description) == [
                "a python3.12", "b python3.12", "b python3.13-arm64", "c python3.13-arm64",
            ])
        #expect(settings.warnings.isEmpty)
    }

    @Test("refuses lists that share layers with different options")
    func options() {
        #expect(
            Reading(
                smallest(line: 6, "layers: [{ from: a.csv, prune: [tests] }, { from: b.csv }]"),
                lists: ["/project/a.csv": "Package_Name\nx\n", "/project/b.csv": "Package_Name\nx\n"]
            ).problems == [
                "b.csv:2:1: 'x' is also in a.csv:2, with other options; leave it out of one of the lists"
            ])
    }

    @Test("names a list as it is reached from where the command runs")
    func shownPath() {
        let reading = Reading(
            smallest(line: 6, "layers: [{ from: lists/a.csv }]").utf8,
            lists: ["/project/lists/a.csv": "Package_Name\n-\n"],
            file: "conf/strata.yaml")
        #expect(reading.problems == ["conf/lists/a.csv:2:1: '-' is not a requirement: options are not allowed"])
    }
}
