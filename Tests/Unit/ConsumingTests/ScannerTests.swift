import Consuming
import Model
import Testing

@Suite struct ScannerTests {
    private func found(_ text: String) -> [String] {
        LayerScanner(Array(text.utf8)).occurrences().map { "\($0.line):\($0.column) \($0.reference)" }
    }

    @Test(
        "finds layers in every language",
        arguments: [
            ("plain text", "arn:aws:lambda:eu-west-1:111122223333:layer:acme-p312-requests:7", "1:26 eu-west-1"),
            ("China", "\"arn:aws-cn:lambda:cn-north-1:111122223333:layer:acme-p312-requests:7\"", "1:31 cn-north-1"),
            (
                "SAM", "  - !Sub arn:${AWS::Partition}:lambda:${AWS::Region}:111122223333:layer:acme-p312-requests:7",
                "1:54 *"
            ),
            (
                "CloudFormation",
                #"{ "Fn::Join": [":", ["arn:aws:lambda", { "Ref": "AWS::Region" }, "111122223333:layer:acme-p312-requests:7"]] }"#,
                "1:67 *"
            ),
            (
                "Terraform", #"layers = ["arn:aws:lambda:${var.region}:111122223333:layer:acme-p312-requests:7"]"#,
                "1:41 *"
            ),
            ("Serverless", "- arn:aws:lambda:${aws:region}:111122223333:layer:acme-p312-requests:7 # pinned", "1:32 *"),
            (
                "CDK, TypeScript", "`arn:aws:lambda:${Stack.of(this).region}:111122223333:layer:acme-p312-requests:7`",
                "1:42 *"
            ),
            ("CDK, Python", #"f"arn:aws:lambda:{self.region}:111122223333:layer:acme-p312-requests:7""#, "1:32 *"),
            (
                "CSV", "requests,2.32,latest,,arn:aws:lambda:eu-west-1:111122223333:layer:acme-p312-requests:7\n",
                "1:48 eu-west-1"
            ),
            ("CRLF", "x\r\narn:aws:lambda:eu-west-1:111122223333:layer:acme-p312-requests:7\r\n", "2:26 eu-west-1"),
        ])
    func languages(name: String, text: String, expected: String) {
        let words = expected.split(separator: " ")
        #expect(found(text) == ["\(words[0]) \(words[1]):111122223333:acme-p312-requests:7"])
    }

    @Test(
        "leaves alone what is no layer's version",
        arguments: [
            "arn:aws:lambda:eu-west-1:111122223333:layer:acme", "arn:aws:lambda:eu-west-1:111122223333:layer:acme:",
            "arn:aws:lambda:eu-west-1:ACCOUNT:layer:acme:VERSION",
            "\"arn:aws:lambda:eu-west-1:111122223333:layer:acme:\"",
            "arn:aws:iam::ACCOUNT:layer:acme:7", "ACCOUNT:layer:acme:7", "a layer:acme:7", "x: 'layer:acme:7'",
            "arn:aws:lambda:*:*:layer:acme:*", "arn:aws:lambda:${region}:111122223333:layer:acme:*",
            "arn:aws:lambda:eu-west-1:111122223333:layer:acme:0", "arn:aws:lambda:eu-west-1:1111222233334:layer:acme:7",
            "arn:aws:lambda:eu-west-1:11112222333:layer:acme:7",
            "arn:aws:lambda:eu-west-1:111122223333:layer:a.b:7",
            "arn:aws:lambda:EU!:111122223333:layer:acme:99999999999",
            "arn:aws:lambda:nowhere:111122223333:layer:acme:7",
            "arn:aws:states:eu-west-1:111122223333:layer:acme:7", ":layer:", ":layer:a:1", "111122223333:layer:",
        ])
    func others(text: String) {
        #expect(found(text).isEmpty)
    }

    @Test(
        "tells what a file computes, and never guesses it",
        arguments: [
            ("arn:aws:lambda:eu-west-1:111122223333:layer:acme:7${n}", "1:26 eu-west-1:111122223333:acme:*"),
            ("`arn:aws:lambda:${r}:111122223333:layer:acme:${f({ a: 1 })}`", "1:22 *:111122223333:acme:*"),
            ("arn:aws:lambda:eu-west-1:111122223333:layer:acme:$VERSION", "1:26 eu-west-1:111122223333:acme:*"),
            ("arn:aws:lambda:eu-west-1:${account}:layer:acme:7", "1:26 eu-west-1:*:acme:7"),
            ("arn:aws:lambda:eu-west-1:111122223333:layer:acme:latest", "1:26 eu-west-1:111122223333:acme:*"),
            ("arn:aws:lambda:eu-west-1:111122223333:layer:acme:7a", "1:26 eu-west-1:111122223333:acme:*"),
            ("arn:aws:lambda:eu-west-1:111122223333:layer:acme:<VERSION>", "1:26 eu-west-1:111122223333:acme:*"),
            (#"a = "arn:aws:lambda:" + r + ":111122223333:layer:acme:" + v"#, "1:31 *:111122223333:acme:*"),
            ("arn:aws:lambda:YOUR_REGION:111122223333:layer:acme:7", "1:28 *:111122223333:acme:7"),
            ("arn:aws:lambda:eu-west-1:YOUR_ACCOUNT:layer:acme:7", "1:26 eu-west-1:*:acme:7"),
            ("arn:aws:lambda:<region>:<account>:layer:acme:7", "1:25 *:*:acme:7"),
            ("'arn:aws:lambda:eu-west-1:xxxxxxxxx:layer:acme:7'", "1:27 eu-west-1:*:acme:7"),
            ("f'arn:aws:lambda:{r}:{a}:layer:acme-{py}-x:7'", "1:22 *:*:acme-*-x:7"),
            ("arn:aws:lambda:#{AWS::Region}:111122223333:layer:a-${self:custom.py}:7", "1:31 *:111122223333:a-*:7"),
            ("'arn:aws:lambda:%s:111122223333:layer:%s:%d'", "1:20 *:111122223333:*:*"),
        ])
    func computed(text: String, expected: String) {
        #expect(found(text) == [expected])
    }

    @Test(
        "reads Terraform's data sources",
        arguments: [
            (
                """
                data "aws_lambda_layer_version" "x" {
                  layer_name = "arn:aws:lambda:${var.region}:111122223333:layer:acme-p312-requests"
                  version    = 7
                }
                """, ["3:16 *:111122223333:acme-p312-requests:7"]
            ),
            (
                """
                  data  "aws_lambda_layer_version"  "x"
                  {
                  # which
                  version = "7" # pinned
                  layer_name = "acme-p312-requests"
                  timeouts { version = 9 }
                }
                """, ["4:14 *:*:acme-p312-requests:7"]
            ),
            (
                "data \"aws_lambda_layer_version\" \"x\" {\r\n layer_name = \"a\"\r\n version = var.v\r\n}",
                ["3:12 *:*:a:*"]
            ),
            (
                "data \"aws_lambda_layer_version\" \"x\" {\n layer_name = local.x[1].arn\n version = 8\n}",
                ["3:12 *:*:*:8"]
            ),
            ("data \"aws_lambda_layer_version\" \"x\" {\n layer_name = \"a\"\n}\nversion = 3", []),
            ("resource \"aws_lambda_layer_version\" \"x\" {\n layer_name = \"a\"\n version = 3\n}", []),
            ("data \"aws_lambda_layer_version\"", []),
        ] as [(String, [String])])
    func terraform(text: String, expected: [String]) {
        #expect(found(text) == expected)
    }

    @Test(
        "reads a number alone on its line only where a comment says whose it is",
        arguments: [
            ("version = 7 # strata: requests/python3.12", ["1:11 *:*:*:7"]),
            ("# strata: requests/python3.12 <3\r\n  LAYER: '7'\r\n", ["2:11 *:*:*:7"]),
            ("# strata: requests/python3.12\n\n  LAYER: 7", []), ("version = 7 # strata: <3", []),
            ("x = v7 # strata: requests/python3.12", []), ("7 # strata: requests/python3.12", []),
            ("x = 99999999999 # strata: requests/python3.12", []),
            (
                "arn:aws:lambda:eu-west-1:111122223333:layer:a:1 # strata: requests/python3.12",
                ["1:26 eu-west-1:111122223333:a:1"]
            ),
        ] as [(String, [String])])
    func marked(text: String, expected: [String]) {
        #expect(found(text) == expected)
    }

    @Test(
        "finds what is joined from several texts",
        arguments: [
            ("'arn:aws:lambda:' + this.region + ':111122223333:layer:acme:7'", "1:37 *:111122223333:acme:7"),
            (
                "(\n  'arn:aws:lambda:eu-west-1:111122223333:'\n  'layer:acme:7'\n)",
                "2:29 eu-west-1:111122223333:acme:7"
            ),
            ("f\"arn:aws:lambda:{r}:111122223333:\" \\\n f\"layer:acme:7\"", "1:22 *:111122223333:acme:7"),
            ("\"arn:aws:lambda:eu-west-1:111122223333:\" + \"layer:acme:7\"", "1:27 eu-west-1:111122223333:acme:7"),
        ])
    func joined(text: String, expected: String) {
        #expect(found(text) == [expected])
    }

    @Test("finds several on a line, and the last without a line break")
    func several() {
        let arn = "arn:aws:lambda:eu-west-1:111122223333:layer"
        #expect(
            found("\n[\(arn):a:1,\(arn):b:22]\n\(arn):c:333") == [
                "2:27 eu-west-1:111122223333:a:1", "2:75 eu-west-1:111122223333:b:22",
                "3:26 eu-west-1:111122223333:c:333",
            ])
    }

    @Test(
        "reads what comments wish for",
        arguments: [
            ("ARN # strata: keep", LayerWish.keep), ("ARN, // strata: <3", .versions("<3")),
            ("/* strata: >=2, <3 */ ARN", .versions(">=2, <3")), ("# strata: ~=2.1\r\nARN", .versions("~=2.1")),
            ("  // strata: keep\n  ARN", .keep), ("ARN # strata: whatever", .unclear("whatever")),
            ("ARN # strata:", .unclear("")), ("ARN # see strata: keep", nil), ("x = 1 # strata: keep\nARN", nil),
            ("ARN # strata: requests/python3.12-arm64", .requests), ("<!-- strata: keep --> ARN", .keep),
            ("ARN # strata: requests/python3.12-arm64 <3", .oldRequests), ("ARN # strata: a/b", .unclear("a/b")),
            ("# strata: keep\n\nARN", nil), ("ARN\n# strata: keep", nil), ("ARN strata: keep", nil),
        ] as [(String, LayerWish?)])
    func wishes(text: String, wish: LayerWish?) {
        let arn = "arn:aws:lambda:eu-west-1:111122223333:layer:a:1"
        #expect(LayerScanner(Array(text.replacing("ARN", with: arn).utf8)).occurrences().map(\.wish) == [wish])
    }
}

extension LayerWish {
    fileprivate static let requests = LayerScanner(
        Array("version = 7 // strata: requests/python3.12-arm64".utf8)
    ).occurrences().first?.wish
    fileprivate static let oldRequests = requests.map { wish in
        var wish = wish
        wish.versions = "<3"
        return wish
    }
}
