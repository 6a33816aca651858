import Consuming
import Model
import Site
import Testing

/// Whole files of the kinds that people keep layers in. `@` stands for a number that moves; all else must stay.
@Suite("Bumping whole files") struct WholeFileTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let kind: String
        /// How many references stay, each told with its reason.
        var told = 0
        let text: String

        var testDescription: String { kind }
    }

    @Test("moves every reference or tells why not, and leaves the rest as it is", arguments: samples)
    func whole(_ sample: Sample) async throws {
        var registry = SampleRegistry()
        for (layer, target) in [("requests", "python3.12"), ("requests", "python3.12-arm64"), ("Pillow", "python3.12")]
        {
            try registry.add(
                layer,
                [
                    .init(buildNumber: 1, version: "1.0", numbers: [24, 24]),
                    .init(buildNumber: 2, version: "1.1", status: .latest, numbers: [25, 25]),
                ], target: target)
        }
        let bump = Bump(try registry.catalog(), BumpRules(now: SampleRegistry.start))
        let before = sample.text.replacing("@", with: "24")
        let result = try await bump.examine(Array(before.utf8), file: "x")
        #expect(String(decoding: result.rewritten, as: UTF8.self) == sample.text.replacing("@", with: "25"))
        #expect(result.findings.count { !$0.isSettled } == sample.told, "\(result.findings)")
        #expect(result.findings.count { $0.replacement != nil } == sample.text.count { $0 == "@" })
    }

    private static let samples = [
        Sample(
            kind: "a template of SAM",
            text: """
                Resources:
                  Resize:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Layers:
                        - !Sub 'arn:${AWS::Partition}:lambda:${AWS::Region}:111122223333:layer:acme-p312-Pillow:@'
                        - Fn::Sub: arn:aws:lambda:${AWS::Region}:111122223333:layer:acme-p312-requests:@
                        - !Ref OwnLayer
                """),
        Sample(
            kind: "samconfig.toml", told: 1,
            text: #"""
                [default.deploy.parameters]
                parameter_overrides = "Pillow=\"arn:aws:lambda:eu-west-1:111122223333:layer:acme-p312-Pillow:@\" Own=\"arn:aws:lambda:eu-west-1:444455556666:layer:own:24\""
                """#),
        Sample(
            kind: "Terraform", told: 1,
            text: """
                locals { py = "p312" }
                variable "requests_layer" { default = "arn:aws:lambda:us-east-1:111122223333:layer:acme-p312-requests:@" }
                resource "aws_lambda_function" "f" {
                  layers = [
                    "arn:aws:lambda:${data.aws_region.current.name}:111122223333:layer:acme-${local.py}-Pillow:@",
                    # "arn:aws:lambda:us-east-1:111122223333:layer:acme-p312-requests:@",
                    data.aws_lambda_layer_version.pillow.arn, data.aws_lambda_layer_version.newest.arn,
                  ]
                }
                data "aws_lambda_layer_version" "pillow" {
                  layer_name = "arn:aws:lambda:us-east-1:111122223333:layer:acme-p312-Pillow"
                  version    = @
                }
                data "aws_lambda_layer_version" "newest" {
                  layer_name = "arn:aws:lambda:us-east-1:111122223333:layer:acme-p312-requests"
                }
                data "aws_lambda_layer_version" "given" {
                  layer_name = "arn:aws:lambda:us-east-1:111122223333:layer:acme-p312-requests"
                  version    = var.requests_version
                }
                """),
        Sample(
            kind: "the CDK in TypeScript",
            text: """
                const base = 'arn:aws:lambda:' + this.region + ':111122223333:layer:acme-p312-requests:@';
                const arm = `arn:aws:lambda:${Stack.of(this).region}:111122223333:layer:acme-p312_arm64-requests:@`;
                LayerVersion.fromLayerVersionArn(this, 'Pillow', "arn:aws:lambda:eu-west-1:111122223333:layer:acme-p312-Pillow:@")
                """),
        Sample(
            kind: "Python", told: 1,
            text: """
                \"\"\"
                Name                 version  ARN
                acme-p312-requests   24       arn:aws:lambda:us-east-1:111122223333:layer:acme-p312-requests:@
                \"\"\"
                PILLOW = (
                    f"arn:aws:lambda:{region}:111122223333:"
                    f"layer:acme-p312-Pillow:@"
                )
                REQUESTS = "arn:aws:lambda:" + region + ":111122223333:layer:acme-p312-requests:" + version
                """),
        Sample(
            kind: "JSON",
            text: #"""
                {"context": {"layers": ["arn:aws:lambda:us-east-1:111122223333:layer:acme-p312-requests:@"],
                 "nested": "{\"pillow\": \"arn:aws:lambda:us-east-1:111122223333:layer:acme-p312-Pillow:@\"}"}}
                """#),
        Sample(
            kind: "a script", told: 1,
            text: #"""
                aws lambda update-function-configuration --function-name f \
                    --layers arn:aws:lambda:$AWS_REGION:111122223333:layer:acme-p312-Pillow:@ \
                             "arn:aws:lambda:${AWS_REGION}:111122223333:layer:acme-p312-requests:${REQUESTS:-24}"
                """#),
        Sample(
            kind: "a README", told: 2,
            text: """
                Add `arn:aws:lambda:YOUR_REGION:111122223333:layer:acme-p312-requests:@`, or for another account
                arn:aws:lambda:<region>:<account>:layer:acme-p312-Pillow:@, but neither
                arn:aws:lambda:us-east-1:111122223333:layer:acme-p312-requests:latest nor
                [this](arn:aws:lambda:ap-south-1:111122223333:layer:acme-p312-requests:24).
                """),
    ]
}
