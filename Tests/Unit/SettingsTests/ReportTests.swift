import Model
import Settings
import Testing

/// What is printed for a file with many mistakes, or none that YAML understands.
@Suite struct ReportTests {
    @Test("tells all mistakes at once, in the order of the file")
    func allAtOnce() {
        let problems = Reading(
            """
            version: 1
            registry: { name: Acme layers, site: here }
            targets: [python3.12, pyhton3.13]
            regions: [us-east-1, eu-wst-1]
            layers:
              - requests
              - Requests
              - { name: big, requires: [pandas, "numpy;"], prune: [docs] }
            publish: { provider: local, prefix: acme, rate: fast }
            retention: { expire: 365 }
            retension: {}
            """
        ).problems
        #expect(
            problems == [
                "strata.yaml:2:11: 'registry' needs 'url'",
                "strata.yaml:2:32: unknown key 'site' in 'registry'; it is one of 'name', 'url'",
                "strata.yaml:3:23: unknown target 'pyhton3.13'; did you mean 'python3.13'?",
                "strata.yaml:4:22: unknown region 'eu-wst-1'; did you mean 'eu-west-1'?",
                "strata.yaml:7:5: the layer 'requests' is defined twice; the first is at strata.yaml:6",
                "strata.yaml:8:37: 'numpy;' is not a requirement: the marker after ';' is empty",
                "strata.yaml:8:56: unknown thing to prune 'docs'; it is one of 'tests', 'stubs', 'headers'",
                "strata.yaml:9:49: 'fast' is not a rate; write a whole number and /s, /m or /h, as '5/s'",
                "strata.yaml:10:22: 'expire' needs a unit; write a whole number and s, m, h, d or w, as '12h'",
                "strata.yaml:11:1: unknown key 'retension' in the configuration; did you mean 'retention'?",
            ])
    }

    @Test("tells duplicate keys beside everything else")
    func duplicates() {
        let problems = Reading(
            """
            version: 1
            registry: { name: Acme, "name": Ácme, url: "https://acme.example", url: "https://b.example" }
            targets: [python3.12]
            regions: [us-east-1]
            publish: { prefix: acme, prvider: local }
            layers: [requests]
            targets: [python3.13]
            """
        ).problems
        #expect(
            problems == [
                "strata.yaml:2:25: 'name' is set twice; the first is on line 2",
                "strata.yaml:2:68: 'url' is set twice; the first is on line 2",
                "strata.yaml:5:26: unknown key 'prvider' in 'publish'; did you mean 'provider'?",
                "strata.yaml:7:1: 'targets' is set twice; the first is on line 3",
            ])
    }

    @Test("tells where the YAML itself is broken")
    func syntax() {
        #expect(
            Reading("version: 1\nlayers: [a, b\nregions: x").problems == [
                "strata.yaml:3:8: while parsing a flow sequence, did not find expected ',' or ']'"
            ])
        for (text, place) in [("a:\n\tb: 1\n", "2:1"), ("layers:\n  - x\n \t- y\n", "3:2"), ("\ta: 1\n", "1:1")] {
            #expect(
                Reading(text).problems == [
                    "strata.yaml:\(place): a line is indented with a tab, which YAML does not allow; indent with spaces"
                ])
        }
        #expect(Reading("").problems == ["strata.yaml:1:1: the file is empty; 'strata init' writes one to begin with"])
        #expect(
            Reading("# nothing\n").problems == [
                "strata.yaml:1:1: the file is empty; 'strata init' writes one to begin with"
            ])
        #expect(Reading("- a").problems == ["strata.yaml:1:1: the configuration must be a mapping of keys, not a list"])
        #expect(
            Reading("a: 1\n---\nb: 2").problems == [
                "strata.yaml:2:1: expected a single document in the stream, but found another document"
            ])
        #expect(
            Reading("a: *b").problems == [
                "strata.yaml:1:4: found undefined alias; text that begins with '*' or '&' needs quotes"
            ])
        #expect(Reading(Array("a: 1\nb: ä".utf8) + [0xff]).problems == ["strata.yaml:2:5: the file is not UTF-8"])
        #expect(Reading("a: b\0c").problems.count == 1)
    }

    @Test("quotes hostile text without its control characters")
    func hostileText() {
        #expect(
            Reading(smallest(line: 6, "layers: [\"a\\e[31m\\u202Eb\"]")).problems.allSatisfy {
                !$0.unicodeScalars.contains("\u{1b}") && !$0.unicodeScalars.contains("\u{202e}")
            })
        #expect(
            Reading(smallest + "\"\\u202Ekey\": 1").problems == [
                "strata.yaml:7:1: unknown key '\\u{202e}key' in the configuration"
            ])
    }
}
