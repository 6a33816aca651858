import Consuming
import Contracts
import FoundationEssentials
import Model
import Testing

@Suite("Klayers' files")
struct KlayersReaderTests {
    private static let new = """
        Package,Package Version,Status,Expiry Date,Arn
        aiobotocore,2.0.1,deprecated,2022-02-04T02:01:50,arn:aws:lambda:us-east-1:770693421928:layer:Klayers-python38-aiobotocore:63
        PyYAML,6.0,latest,,arn:aws:lambda:us-east-1:770693421928:layer:Klayers-p312-arm64-PyYAML:8

        """

    @Test("the CSV files since 2021 give package, version, status, expiry and ARN")
    func newCSV() throws {
        let result = read(Self.new)
        #expect(result.refusals.isEmpty)
        let (first, second) = (result.releases[0], result.releases[1])
        #expect(first.item == (try Samples.item("aiobotocore", "python3.8")))
        #expect(first.id.description == "us-east-1:Klayers-python38-aiobotocore:63")
        #expect(first.version == "2.0.1")
        #expect(first.status == .deprecated)
        #expect(first.expires == Timestamp("2022-02-04T02:01:50Z"))
        #expect(first.source == ImportSource(file: "a.csv", line: 2))
        #expect(second.item == (try Samples.item("pyyaml", "python3.12-arm64")))
        #expect(second.id.name == "Klayers-p312-arm64-PyYAML")
        #expect(second.status == .latest)
        #expect(second.expires == nil)
    }

    @Test("the CSV files until 2021 say when a release ends, and else nothing of its status")
    func oldCSV() throws {
        let result = read(
            """
            package,package_version,layer_version_arn,time_to_live
            itsdangerous,1.1.0,arn:aws:lambda:us-east-1:113088814899:layer:Klayers-python37-itsdangerous:1,
            jellyfish,0.7.2,arn:aws:lambda:us-east-1:113088814899:layer:Klayers-python37-jellyfish:1,24-06-2020
            """)
        #expect(result.refusals.isEmpty)
        #expect(result.releases.map(\.status) == [nil, .deprecated])
        #expect(result.releases.map(\.expires) == [nil, Timestamp("2020-06-24")])
        #expect(result.releases[0].item == (try Samples.item("itsdangerous", "python3.7")))
    }

    @Test("both shapes of JSON lists are read, with the lines of their elements")
    func lists() throws {
        let result = read(
            """
            [
                {
                    "package_version": "2.22.0",
                    "package": "requests",
                    "layer_version_arn": "arn:aws:lambda:us-east-1:770693421928:layer:Klayers-python38-requests:1",
                    "deployed_region": "us-east-1"
                },
                {
                    "package_version": "19.3.0",
                    "time_to_live": 1581472822,
                    "package": "boltons",
                    "layer_version_arn": "arn:aws:lambda:us-east-1:770693421928:layer:Klayers-python38-boltons:1",
                    "deployed_region": "us-east-1"
                },
                {"package": "idna", "packageVersion": "3.4", "deployStatus": "deprecated",
                 "expiryDate": "2023-01-02T03:04:05", "dependencies": ["idna==3.4"],
                 "arn": "arn:aws:lambda:eu-west-1:770693421928:layer:Klayers-p310-idna:2"}
            ]
            """)
        #expect(result.refusals.isEmpty)
        #expect(result.releases.map(\.source.line) == [2, 8, 15])
        #expect(result.releases.map(\.status) == [nil, .deprecated, .deprecated])
        #expect(result.releases[1].expires == Timestamp(seconds: 1_581_472_822))
        #expect(result.releases[2].item == (try Samples.item("idna", "python3.10")))
        #expect(result.releases[2].packages.map(\.name.text) == ["idna"])
    }

    @Test("an export of the table gives releases with requirements and dates; heads and builds say nothing new")
    func table() throws {
        let typed = #"""
            {"Item":{"pk":{"S":"lyr#us-east-1:requests:p3.12"},"sk":{"S":"lyrVrsn#v4"},"pckgVrsn":{"S":"2.31.0"},"crtdDt":{"S":"2023-05-08T02:05:02.456000"},"rqrmntsTxt":{"S":"certifi==2023.5.7\nrequests==2.31.0"},"rqrmntsHsh":{"S":"00"},"arn":{"S":"arn:aws:lambda:us-east-1:770693421928:layer:Klayers-p312-requests:3"},"pckg":{"S":"requests"},"rgn":{"S":"us-east-1"},"dplySts":{"S":"deprecated"},"exDt":{"N":"1716000000"},"lyrVrsn":{"N":"4"},"pyVrsn":{"S":"p3.12"}}}
            {"Item":{"pk":{"S":"lyr#us-east-1:requests:p3.12"},"sk":{"S":"lyrVrsn0#"},"arn":{"S":"x"}}}
            {"Item":{"pk":{"S":"bld#v4:p3.12"},"sk":{"S":"pckg#requests"},"pckgVrsn":{"S":"2.31.0"}}}
            {"Item":{"pk":{"S":"bldVrsn0#p3.12"},"sk":{"S":"pckg#requests"}}}
            {"pk": "lyr#ap-east-1.PyNaCl", "sk": "lyrVrsn#v6", "pckg": "PyNaCl", "arn": "arn:aws:lambda:ap-east-1:770693421928:layer:Klayers-python38-PyNaCl:6", "lyrVrsn": 6, "pckgVrsn": "1.4.0", "rgn": "ap-east-1", "crtdDt": "2020-06-01T02:01:40.448000", "dplySts": "latest"}
            {"pk": "lyr#ap-east-1.PyNaCl", "sk": "lyrVrsn#v5", "pckg": "PyNaCl", "arn": "arn:aws:lambda:ap-east-1:770693421928:layer:Klayers-python38-PyNaCl:5", "lyrVrsn": 5, "pckgVrsn": "1.3.0", "rgn": "ap-east-1", "dltdDt": "2021-06-01T02:01:40.448000"}
            """#
        let result = read(typed)
        #expect(result.refusals.isEmpty)
        #expect(result.passedOver == 3)
        #expect(result.releases.map(\.status) == [.deprecated, .latest, .deleted])
        let first = result.releases[0]
        #expect(first.id.number == 3)
        #expect(first.packages.map { "\($0.name)==\($0.version)" } == ["certifi==2023.5.7", "requests==2.31.0"])
        #expect(first.created == Timestamp("2023-05-08T02:05:02Z"))
        #expect(first.expires == Timestamp(seconds: 1_716_000_000))
        #expect(result.releases[1].item == (try Samples.item("pynacl", "python3.8")))
    }

    private static let arn = "arn:aws:lambda:us-east-1:770693421928:layer:Klayers-python38-x:8"

    @Test(
        "a row that cannot be taken is told with its line and the reason, and the others are taken",
        arguments: [
            ("x,1.0,latest,\(arn)", "4 fields instead of 5"), ("x,1.0,latest,,\(arn),", "6 fields instead of 5"),
            (",1.0,latest,,\(arn)", "not a package's name"), ("x,,latest,,\(arn)", "not a version"),
            ("x,1 0,latest,,\(arn)", "not a version"), ("x,1.0,newest,,\(arn)", "the status 'newest' is not known"),
            ("x,1.0,latest,2022-01-01,\(arn)", "the latest and has an expiry date"),
            ("x,1.0,deprecated,soon,\(arn)", "the expiry date 'soon' is not valid"),
            ("x,1.0,deprecated,2022-02-30,\(arn)", "is not valid"), ("x,1.0,latest,,", "the ARN of a layer version"),
            ("x,1.0,latest,,\(arn):9", "not the ARN"),
            ("x,1.0,latest,,\(arn.replacing(":8", with: ":0"))", "version number"),
            ("x,1.0,latest,,\(arn.replacing(":8", with: ":08"))", "version number"),
            ("x,1.0,latest,,\(arn.replacing("7706", with: "77o6"))", "account"),
            ("x,1.0,latest,,\(arn.replacing("us-east-1", with: "cn-north-1"))", "partition and region"),
            ("x,1.0,latest,,\(arn.replacing("us-east-1", with: "nowhere"))", "partition and region"),
            ("y,1.0,latest,,\(arn)", "does not say for which Python"),
            ("x,1.0,latest,,\(arn.replacing("-python38", with: ""))", "does not say for which Python"),
            ("x,1.0,latest,,\(arn.replacing("python38", with: "python3"))", "does not say for which Python"),
            ("x,1.0,latest,,\(arn.replacing("Klayers", with: "K layers"))", "not a layer's name"),
            ("\"x,1.0,latest,,\(arn)", "not closed"),
        ])
    func refusals(row: String, reason: String) throws {
        let result = read(
            "\(Self.new)\(row)\nidna,3.4,latest,,arn:aws:lambda:eu-west-1:770693421928:layer:Klayers-p310-idna:2\n"
        )
        #expect(result.releases.map(\.version) == ["2.0.1", "6.0", "3.4"])
        let refusal = try Samples.required(result.refusals.first)
        #expect(result.refusals.count == 1)
        #expect(refusal.source.line == 4)
        #expect(refusal.reason.contains(reason), "\(refusal)")
        #expect(!refusal.description.contains { $0.isNewline })
    }

    @Test(
        "a JSON value that is no release is told with its line and the reason",
        arguments: [
            ("7", "not JSON"), ("[1]", "not a JSON object"), ("{\"a\"", "not JSON"), ("{}", "it has no 'package'"),
            (#"{"package": "x", "packageVersion": "1", "arn": {"S": 1}}"#, "'arn' is neither"),
            (#"{"package": "x", "packageVersion": 1.5, "arn": "a"}"#, "'packageVersion' is neither"),
            (
                #"{"package": "x", "packageVersion": "1", "arn": "\#(arn)", "deployed_region": "eu-west-1"}"#,
                "the row's region is"
            ),
            (#"{"pk": "usr#1", "sk": "a"}"#, "the key 'usr#1' is not known"),
            (#"{"pk": "lyr#1", "sk": "a"}"#, "the key 'a' is not known"),
            (
                #"{"pk": "lyr#1", "sk": "lyrVrsn#v1", "pckg": "x", "pckgVrsn": "1", "arn": "\#(arn)"}"#,
                "neither a status"
            ),
        ])
    func badJSON(text: String, reason: String) throws {
        let result = read("{\"pk\": \"bld#v1\", \"sk\": \"x\"}\n\(text)\n")
        #expect(result.releases.isEmpty)
        #expect(result.refusals.map(\.source.line) == [2])
        #expect(result.refusals.first?.reason.contains(reason) == true, "\(result.refusals)")
    }

    @Test(
        "a file of no known shape is refused once",
        arguments: [
            ("Package_Name,License,Authors/Maintainers\nx,MIT,me\ny,MIT,me\n", "Package_Name"), ("", "empty"),
            (" \n", "empty"),
            ("\u{fffd}", "no file of ARNs"), ("\u{1f}", "empty"), ("\u{1f}x", "control character"),
        ])
    func foreign(text: String, reason: String) {
        let result = read(text)
        #expect(result.refusals.count == 1)
        #expect(result.refusals.first?.reason.contains(reason) == true, "\(result.refusals)")
    }

    @Test("a compressed export is refused with what to do")
    func compressed() {
        var reader = KlayersReader()
        reader.begin("a.json.gz")
        reader.read([0x1f, 0x8b, 8, 0, 1, 2, 3])
        reader.end()
        #expect(reader.result.refusals.first?.reason.contains("gunzip") == true)
    }

    @Test("a release that is told twice counts once; what tells more is kept; a contradiction is refused")
    func repetition() throws {
        let arn = "arn:aws:lambda:us-east-1:770693421928:layer:Klayers-python38-idna:8"
        let head = "Package,Package Version,Status,Expiry Date,Arn\n"
        var reader = KlayersReader()
        let files = [
            head + "idna,3.4,latest,,\(arn)\n",
            #"{"pk": "lyr#a", "sk": "lyrVrsn#v9", "pckg": "idna", "arn": "\#(arn)", "pckgVrsn": "3.4", "dplySts": "latest", "rqrmntsTxt": "idna==3.4"}"#,
            head + "idna,3.5,latest,,\(arn)\n",
        ]
        for (number, file) in files.enumerated() {
            reader.begin("\(number)")
            reader.read(file.utf8)
            reader.end()
        }
        #expect(reader.result.releases.count == 1)
        #expect(reader.result.releases[0].packages.count == 1)
        #expect(reader.result.remarks.map(\.source.file) == ["1"])
        #expect(reader.result.refusals.map(\.source.file) == ["2"])
    }

    @Test("requirements that cannot be read are left out with a remark, and the release is taken")
    func requirements() {
        let result = read(
            #"{"pk": "lyr#a", "sk": "lyrVrsn#v9", "pckg": "x", "arn": "\#(Self.arn)", "pckgVrsn": "3.4", "dplySts": "latest", "rqrmntsTxt": "idna==3.4\n-e git+x"}"#
        )
        #expect(result.releases.count == 1)
        #expect(result.releases.first?.packages.isEmpty == true)
        #expect(result.remarks.count == 1)
    }

    @Test("a package with extras was published under its name alone")
    func extras() throws {
        let result = read(
            "Package,Package Version,Status,Expiry Date,Arn\n\"psycopg[binary,pool]\",3.1,latest,,\(Self.arn.replacing("-x:", with: "-psycopg:"))\n"
        )
        // Its layer is not that of the package alone: what was inside cannot be told from the file.
        #expect(result.releases.isEmpty)
        #expect(result.refusals.first?.reason.contains("not a package's name") == true)
    }

    @Test("a folder is read with all files below it, in order, and a path that is not there is an error")
    func folder() async throws {
        try await withTemporaryFolder { folder in
            for (name, text) in [("b/x.csv", Self.new), ("a.json", "[]"), ("readme.md", "nothing"), ("c.csv", "x")] {
                let path = URL(filePath: "\(folder)/\(name)")
                try FileManager.default.createDirectory(
                    at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: path)
            }
            let result = try KlayersReader.read(path: folder)
            #expect(result.releases.count == 2)
            #expect(result.refusals.map(\.source.file) == ["\(folder)/c.csv"])
            #expect(try KlayersReader.read(path: "\(folder)/b/x.csv").releases == result.releases)
            await expect(.notFound) { _ = try KlayersReader.read(path: "\(folder)/none") }
        }
    }

    @Test("no text crashes the reading", arguments: seeds(4))
    func hostile(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let texts = [
            Self.new, "[{\"package\": \"x\", \"packageVersion\": \"1\", \"arn\": \"\(Self.arn)\"}]",
            "{\"Item\":{\"pk\":{\"S\":\"lyr#a\"}}}\n",
        ]
        for _ in 0..<400 {
            var bytes = Array((texts.randomElement(using: &chance) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...4, using: &chance) {
                let place = Int.random(in: 0..<bytes.count, using: &chance)
                switch Int.random(in: 0...2, using: &chance) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &chance)
                case 1: bytes.insert(Array("\"{}[],:\n-0".utf8).randomElement(using: &chance) ?? 0, at: place)
                default: bytes.removeSubrange(place..<min(bytes.count - 1, place + 9))
                }
            }
            var reader = KlayersReader()
            reader.begin("x")
            reader.read(bytes)
            reader.end()
            for release in reader.result.releases { #expect(release.id.number > 0, "seed \(seed)") }
        }
    }

    private func read(_ text: String) -> ImportResult {
        var reader = KlayersReader()
        reader.begin("a.csv")
        reader.read(text.utf8)
        reader.end()
        return reader.result
    }
}
