import Model

/// Who is told what of runs.
public struct NotifySettings: Sendable, Hashable {
    public var sinks: [SinkSettings]
    /// Hears when runs begin and how they end; a URL that was written out, or a secret.
    public var healthcheck: Healthcheck?
    /// How long something may be pending before it is told.
    public var pendingAfter: Duration
    /// How long before an end it is told.
    public var endingWithin: Duration
    /// The share of an account's code storage, in percent, from which on it is told.
    public var storageAbove: Int
    /// For one sink, tries included.
    public var deadline: Duration

    public enum Healthcheck: Sendable, Hashable {
        case url(String)
        case secret(SecretReference)
    }

    public init(
        sinks: [SinkSettings] = [], healthcheck: Healthcheck? = nil, pendingAfter: Duration = .seconds(86_400),
        endingWithin: Duration = .seconds(30 * 86_400), storageAbove: Int = 80, deadline: Duration = .seconds(30)
    ) {
        self.sinks = sinks
        self.healthcheck = healthcheck
        self.pendingAfter = pendingAfter
        self.endingWithin = endingWithin
        self.storageAbove = storageAbove
        self.deadline = deadline
    }
}

/// One place where people are told.
public struct SinkSettings: Sendable, Hashable {
    public enum Place: Sendable, Hashable {
        /// A topic's ARN.
        case sns(String)
        case webhook(SecretReference, Shape)
        case mail(to: [String], from: String?, sendmail: String)
        /// A program's absolute path, and its arguments.
        case command([String])
    }

    public enum Shape: String, Sendable, CaseIterable {
        case json, slack, teams, discord, mattermost
    }

    /// What the ledger knows it by.
    public var name: String
    public var kinds: [Notice.Kind]
    public var place: Place

    public init(name: String, kinds: [Notice.Kind], place: Place) {
        self.name = name
        self.kinds = kinds
        self.place = place
    }

    /// What kind of place it is, as the configuration says it.
    public var type: String {
        switch place {
        case .sns: "sns"
        case .webhook: "webhook"
        case .mail: "mail"
        case .command: "command"
        }
    }
}
