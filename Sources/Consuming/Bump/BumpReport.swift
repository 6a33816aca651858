import Model

/// What `bump --json` prints; documented in `docs/consuming.md`.
public struct BumpReport: Sendable, Encodable {
    let format = 1
    let findings: [Entry]

    public init(_ findings: [BumpFinding]) { self.findings = findings.map(Entry.init) }

    struct Entry: Sendable, Encodable {
        let file: String
        let line: Int
        let column: Int
        let region: Region?
        let account: String?
        let name: String
        let number: Int?
        /// `current`, `moved`, `kept`, `held` or `unknown`.
        let outcome: String
        let reason: String?
        let layer: LayerName?
        let target: Target?
        let to: Moved?
        let versionBefore: String?
        let versionAfter: String?
        let warnings: [String]
        /// nil if it did not move, or what is inside is not recorded.
        let changes: [Change]?

        init(_ finding: BumpFinding) {
            let reference = finding.occurrence.reference
            file = finding.file
            line = finding.occurrence.line
            column = finding.occurrence.column
            region = reference.region
            account = reference.account
            name = reference.name
            number = reference.number
            let item: Item?
            switch finding.outcome {
            case .current(let release): (outcome, reason, item, to) = ("current", nil, release.item, nil)
            case .moved(_, let release, let moved):
                (outcome, reason, item) = ("moved", nil, release.item)
                to = Moved(account: moved.account, name: moved.name, number: moved.number, build: release.build)
            case .kept(let why): (outcome, reason, item, to) = ("kept", why, finding.occurrence.wish?.item, nil)
            case .held(let why): (outcome, reason, item, to) = ("held", why, finding.occurrence.wish?.item, nil)
            case .unknown(let why): (outcome, reason, item, to) = ("unknown", why, finding.occurrence.wish?.item, nil)
            }
            layer = item?.layer
            target = item?.target
            versionBefore = finding.versionBefore
            versionAfter = finding.versionAfter
            warnings = finding.warnings
            changes = finding.changes?.map { Change(package: $0.package, from: $0.from, to: $0.to) }
        }
    }

    struct Moved: Sendable, Encodable {
        let account: String?
        let name: String
        let number: Int?
        let build: Int
    }

    struct Change: Sendable, Encodable {
        let package: PackageName
        let from: String?
        let to: String?
    }
}
