import FoundationEssentials
import Model

/// A list of layers in one of the forms of JSON that publishers write.
struct ExternalList {
    struct Entry {
        let arn: LayerARN
        /// What the publisher calls it; nil where only a number is told.
        var version: String?
        /// What it is for, where the file tells of one Python alone.
        var target: Target?
    }

    private(set) var entries: [Entry] = []
    private(set) var refusals: [String] = []

    /// - Parameter account: whose layers they are, where the file does not say.
    /// - Returns: nil if the file has none of the forms.
    init?(_ file: [UInt8], account: String?) {
        guard file.first(where: { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }) == UInt8(ascii: "{") else { return nil }
        let data = Data(file)
        let decoder = JSONDecoder()
        if let release = try? decoder.decode(SentryRelease.self, from: data) {
            add(release)
        } else if let list = try? decoder.decode(LambdaList.self, from: data), let versions = list.versions {
            for version in versions { add(version) }
        } else if let numbers = try? decoder.decode([String: [String: Number]].self, from: data) {
            add(numbers, account)
        } else {
            return nil
        }
    }

    /// A number, or a text with one.
    private struct Number: Decodable {
        let value: Int

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                guard let number = Int(text) else {
                    throw DecodingError.dataCorruptedError(in: container, debugDescription: "no number")
                }
                value = number
            } else {
                value = try container.decode(Int.self)
            }
        }
    }

    /// The Python and the architecture, where only one of each is named.
    private static func target(_ runtimes: [String]?, _ architectures: [String]?, name: String) -> Target? {
        let pythons = Set((runtimes ?? []).compactMap { Target($0)?.python })
        guard pythons.count == 1, let python = pythons.first else {
            guard !pythons.isEmpty || architectures == ["arm64"] else { return nil }
            // Several: it is made for none alone.
            return Target(
                Target.any.python, architectures == ["arm64"] ? .arm64 : NameWords.target(of: name).architecture)
        }
        return Target(python, architectures == ["arm64"] ? .arm64 : NameWords.target(of: name).architecture)
    }

    // MARK: Sentry

    /// https://github.com/getsentry/sentry-release-registry, `aws-lambda-layers/`
    private struct SentryRelease: Decodable {
        let account: String
        let layer: String
        let regions: [Place]
        let version: String?
        let runtimes: [String]?
        let architectures: [String]?

        private enum CodingKeys: String, CodingKey {
            case account = "account_number"
            case layer = "layer_name"
            case regions
            case version = "sdk_version"
            case runtimes = "compatible_runtimes"
            case architectures = "compatible_architectures"
        }

        struct Place: Decodable {
            let region: String
            let version: Number
        }
    }

    private mutating func add(_ release: SentryRelease) {
        let target = Self.target(
            release.runtimes, release.architectures, name: release.layer)
        for place in release.regions {
            add(
                place.region, release.account, release.layer, place.version.value,
                version: release.version.map(PlainLine.version), target: target)
        }
    }

    // MARK: Lambda

    /// https://docs.aws.amazon.com/lambda/latest/api/API_ListLayers.html and API_ListLayerVersions.html
    private struct LambdaList: Decodable {
        let layers: [Layer]?
        let layerVersions: [Version]?

        private enum CodingKeys: String, CodingKey {
            case layers = "Layers"
            case layerVersions = "LayerVersions"
        }

        struct Layer: Decodable {
            let latest: Version
            private enum CodingKeys: String, CodingKey { case latest = "LatestMatchingVersion" }
        }

        struct Version: Decodable {
            let arn: String
            let runtimes: [String]?
            let architectures: [String]?

            private enum CodingKeys: String, CodingKey {
                case arn = "LayerVersionArn"
                case runtimes = "CompatibleRuntimes"
                case architectures = "CompatibleArchitectures"
            }
        }

        var versions: [Version]? { layers.map { $0.map(\.latest) } ?? layerVersions }
    }

    private mutating func add(_ version: LambdaList.Version) {
        guard let arn = LayerARN(version.arn) else {
            refusals.append("'\(PlainLine.of(version.arn))' is not a layer version's ARN")
            return
        }
        let target = Self.target(version.runtimes, version.architectures, name: arn.name)
        entries.append(Entry(arn: arn, target: target))
    }

    // MARK: Bref

    /// https://github.com/brefphp/aws-lambda-layers, `layers.json`: a number by layer and region.
    private mutating func add(_ numbers: [String: [String: Number]], _ account: String?) {
        guard let account else {
            refusals.append("the file does not say whose layers they are: pass --account")
            return
        }
        for (name, regions) in numbers.sorted(by: { $0.key < $1.key }) {
            for (region, number) in regions.sorted(by: { $0.key < $1.key }) {
                add(region, account, name, number.value)
            }
        }
    }

    private mutating func add(
        _ region: String, _ account: String, _ name: String, _ number: Int, version: String? = nil,
        target: Target? = nil
    ) {
        guard let place = Region(region),
            let arn = LayerARN(region: place, account: account, name: name, number: number)
        else {
            refusals.append("'\(PlainLine.of("\(region):\(account):\(name):\(number)"))' is not a layer version")
            return
        }
        entries.append(Entry(arn: arn, version: version, target: target))
    }
}
