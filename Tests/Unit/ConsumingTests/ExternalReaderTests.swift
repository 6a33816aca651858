import Consuming
import Contracts
import Model
import Testing

@Suite("Other publishers' lists") struct ExternalReaderTests {
    private func read(_ text: String, account: String? = nil, target: Target? = nil) throws -> ImportResult {
        var reader = try ExternalReader(account: account, target: target)
        reader.read(Array(text.utf8), file: "list")
        return reader.result
    }

    private func shown(_ result: ImportResult) -> [String] {
        result.releases.map { "\($0.item) \($0.version) \($0.id)" }
    }

    @Test("Sentry's registry tells versions, regions and runtimes")
    func sentry() throws {
        let result = try read(
            """
            {"canonical": "aws-layer:python", "sdk_version": "2.1.0", "account_number": "943013980633",
             "layer_name": "SentryPythonServerlessSDK", "compatible_runtimes": ["python3.9", "python3.12"],
             "regions": [{"region": "eu-west-1", "version": "199"}, {"region": "us-east-1", "version": 201}]}
            """)
        #expect(
            shown(result) == [
                "SentryPythonServerlessSDK any 2.1.0 eu-west-1:SentryPythonServerlessSDK:199",
                "SentryPythonServerlessSDK any 2.1.0 us-east-1:SentryPythonServerlessSDK:201",
            ])
        #expect(result.refusals.isEmpty && result.releases.allSatisfy { $0.packages.isEmpty && $0.status == nil })
    }

    @Test("Bref's file does not tell the account, so it is asked for")
    func bref() throws {
        let text = #"{"php-82": {"eu-west-1": 21, "us-east-1": 22}, "arm-php-82": {"eu-west-1": 3}}"#
        #expect(try read(text).refusals.count == 1)
        #expect(
            shown(try read(text, account: "873528684822")) == [
                "php-82 any-arm64 3 eu-west-1:arm-php-82:3", "php-82 any 21 eu-west-1:php-82:21",
                "php-82 any 22 us-east-1:php-82:22",
            ])
        #expect(throws: StrataError.self) { try ExternalReader(account: "12") }
    }

    @Test("Lambda's own lists, SSM's parameters and plain lists of ARNs")
    func lists() throws {
        let arn = "arn:aws:lambda:eu-west-1:451483290750:layer:NewRelicPython312ARM64:5"
        let layers = """
            {"Layers": [{"LayerName": "x", "LatestMatchingVersion": {"LayerVersionArn": "\(arn)", "Version": 5,
            "CompatibleRuntimes": ["python3.12"], "CompatibleArchitectures": ["arm64"]}}]}
            """
        #expect(
            shown(try read(layers)) == [
                "NewRelicPython312ARM64 python3.12-arm64 5 eu-west-1:NewRelicPython312ARM64:5"
            ])
        let pandas = "arn:aws:lambda:us-east-1:336392948345:layer:AWSSDKPandas-Python312-Arm64:16"
        let ssm = #"{"Parameters": [{"Name": "/x", "Type": "String", "Value": "\#(pandas)"}, {"Value": "else"}]}"#
        let expected = ["AWSSDKPandas python3.12-arm64 16 us-east-1:AWSSDKPandas-Python312-Arm64:16"]
        #expect(shown(try read(ssm)) == expected)
        #expect(shown(try read("# ours\n\(pandas)\n")) == expected)
        #expect(
            shown(try read(pandas, target: .any)) == ["AWSSDKPandas any 16 us-east-1:AWSSDKPandas-Python312-Arm64:16"])
    }

    @Test(
        "what is no whole ARN, and what is no list, is told",
        arguments: [
            "arn:aws:lambda:eu-west-1:111122223333:layer:acme:${n}", "nothing", "{}", "{\"a\": 1}", "",
            #"{"Layers": [{"LatestMatchingVersion": {"LayerVersionArn": "arn:x"}}]}"#,
            #"{"sdk_version": "1", "account_number": "1", "layer_name": "x", "regions": [{"region": "moon", "version": 1}]}"#,
        ])
    func refused(text: String) throws {
        let result = try read(text)
        #expect(result.releases.isEmpty)
        #expect(result.refusals.count == 1)
    }

    @Test("the highest number is the latest, and one that was imported before gives way")
    func latest() async throws {
        try await withLedger { ledger, lease in
            let importer = Importer(into: ledger, lease: lease)
            let list = "arn:aws:lambda:eu-west-1:111122223333:layer:acme:"
            _ = try await importer.record(try read("\(list)3\n\(list)4").releases, now: Samples.start)
            let summary = try await importer.record(try read("\(list)5").releases, now: Samples.start)
            let item = try Samples.item("acme", "any")
            let releases = try await ledger.states(of: [item])[0].releases
            #expect(releases.map(\.id.number) == [3, 4, 5])
            #expect(releases.map(\.status) == [.deprecated, .deprecated, .latest])
            #expect(releases.allSatisfy { $0.isExternal && $0.expires == nil })
            #expect(summary.remarks.map(\.isDecision) == [true])
            // An older list changes nothing.
            let again = try await importer.record(try read("\(list)4").releases, now: Samples.start)
            #expect(again.releases == 0)
            #expect(try await ledger.states(of: [item])[0].releases == releases)
        }
    }
}
