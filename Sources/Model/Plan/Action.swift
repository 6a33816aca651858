/// One step of a plan: a plain value, ordered, that can be printed, counted and carried out.
public enum Action: Sendable, Hashable, Codable {
    /// Make a build's zip, new or again.
    case build(BuildAction)
    /// Publish a build in a region.
    case publish(PublishAction)
    /// Mark a release as deprecated from now on.
    case deprecate(DeprecateAction)
    /// Change who may read a release.
    case permit(PermitAction)
    /// Nothing yet, and until when.
    case wait(WaitAction)
    /// The item cannot be built as it is asked for.
    case refuse(RefuseAction)

    public var item: Item {
        switch self {
        case .build(let action): action.item
        case .publish(let action): action.item
        case .deprecate(let action): action.item
        case .permit(let action): action.item
        case .wait(let action): action.item
        case .refuse(let action): action.item
        }
    }

    /// Whether carrying it out changes anything: waiting and refusing do not.
    public var isEffective: Bool {
        switch self {
        case .build, .publish, .deprecate, .permit: true
        case .wait, .refuse: false
        }
    }
}

public struct BuildAction: Sendable, Hashable, Codable {
    public let item: Item
    public let buildNumber: Int
    public let version: String
    public let contents: ContentsKey
    /// True if the ledger does not know the build yet; false if only its bytes are needed again.
    public let isNew: Bool
    public let recipe: Int

    /// `serial` is the name that files and ledgers have for it.
    private enum CodingKeys: String, CodingKey {
        case item, buildNumber = "serial", version, contents, isNew, recipe
    }

    public init(item: Item, buildNumber: Int, version: String, contents: ContentsKey, isNew: Bool, recipe: Int) {
        self.item = item
        self.buildNumber = buildNumber
        self.version = version
        self.contents = contents
        self.isNew = isNew
        self.recipe = recipe
    }
}

public struct PublishAction: Sendable, Hashable, Codable {
    public enum Reason: String, Sendable, Codable {
        /// The item's first build.
        case first
        /// The layer's own package has a new version.
        case update
        /// Only dependencies, or the layer's options, changed.
        case dependencies
        /// The region lacks the newest build: it is new, or it failed before.
        case backfill
        /// The naming changed.
        case rename
        /// A former build becomes the latest again.
        case rollback
        /// The region's latest is another account's.
        case account
    }
    public let item: Item
    public let buildNumber: Int
    public let version: String
    public let region: Region
    public let name: String
    public let reason: Reason
    /// The version of the layer's package that the region has as latest now, if any.
    public let replaces: String?
    /// The other account that has the region's latest now, if it is another one.
    public let leaves: String?

    /// `serial` is the name that files and ledgers have for it.
    private enum CodingKeys: String, CodingKey {
        case item, buildNumber = "serial", version, region, name, reason, replaces, leaves
    }

    public init(
        item: Item, buildNumber: Int, version: String, region: Region, name: String, reason: Reason, replaces: String?,
        leaves: String? = nil
    ) {
        self.leaves = leaves
        self.item = item
        self.buildNumber = buildNumber
        self.version = version
        self.region = region
        self.name = name
        self.reason = reason
        self.replaces = replaces
    }
}

public struct DeprecateAction: Sendable, Hashable, Codable {
    public enum Reason: String, Sendable, Codable {
        /// A newer release takes its place in the region; recorded together with it.
        case replaced
        /// The layer, target or region is no longer in the configuration.
        case withdrawn
    }
    public let item: Item
    public let release: Release.ID
    /// When it may be deleted; nil if it is pinned.
    public let expires: Timestamp?
    public let reason: Reason

    public init(item: Item, release: Release.ID, expires: Timestamp?, reason: Reason) {
        self.item = item
        self.release = release
        self.expires = expires
        self.reason = reason
    }
}

/// A release that others may read than could before.
public struct PermitAction: Sendable, Hashable, Codable {
    public let item: Item
    public let release: Release.ID
    public let before: Audience
    public let after: Audience

    public init(item: Item, release: Release.ID, before: Audience, after: Audience) {
        self.item = item
        self.release = release
        self.before = before
        self.after = after
    }

    /// True if somebody who could read it cannot any more.
    public var takesAway: Bool { !before.isKept(by: after) }
}

public struct WaitAction: Sendable, Hashable, Codable {
    public enum Reason: String, Sendable, Codable {
        /// A release is younger than `minimum-age`.
        case young
        /// Only dependencies changed, and less than `dependencies-only` ago.
        case dependenciesOnly
    }
    public let item: Item
    public let until: Timestamp
    public let reason: Reason
    /// What is being waited for: `requests 2.33.0`, `urllib3 2.2.1 → 2.2.2`.
    public let subject: String

    public init(item: Item, until: Timestamp, reason: Reason, subject: String) {
        self.item = item
        self.until = until
        self.reason = reason
        self.subject = subject
    }
}

public struct RefuseAction: Sendable, Hashable, Codable {
    public let item: Item
    public let reason: String
    /// True if asking again may help (the index did not answer), false if nothing but another requirement will.
    public let isTemporary: Bool
    /// The option that allows it, if the item could be built and is held back until somebody says that it is meant.
    public let allowedBy: String?

    public init(item: Item, reason: String, isTemporary: Bool = false, allowedBy: String? = nil) {
        self.item = item
        self.reason = reason
        self.isTemporary = isTemporary
        self.allowedBy = allowedBy
    }
}
