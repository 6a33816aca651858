import AWS
import Model
import Settings

/// What the person at the command line chooses; nil for as it was.
struct DeploymentChoices: Sendable {
    var schedule: String?
    var isScheduled: Bool?
    var prunes: Bool?
    var inFlight: Int?
    var email: String?
    var repository: String?
    var githubProvider: String?
    var architecture: String
}

extension Deployment {
    /// The template's parameters: those that follow from the configuration, the choices, and what was chosen before.
    func parameters(
        _ choices: DeploymentChoices, code: String, configuration: String, former: [String: String]
    ) async throws -> [String: String] {
        let known = try FleetTemplate.embedded().parameters
        var values = former.filter { known.contains($0.key) }
        values["Table"] = names.table
        values["Suffix"] = names.suffix
        values["Code"] = code
        values["Configuration"] = configuration
        values["Architecture"] = choices.architecture
        values["KeyArns"] = settings.keyARNs(names).joined(separator: ",")
        values["TellArns"] = settings.toldARNs(names).joined(separator: ",")
        values["LayerNames"] = settings.layerNames
        values["ProbeRole"] = settings.probe?.role ?? ""
        values["StagingBuckets"] = stagingPattern
        if case .bucket(let bucket)? = settings.site.place {
            values["SiteBucket"] = bucket.name
            values["SitePrefix"] = bucket.prefix.isEmpty ? "" : "\(bucket.prefix)/"
            values["SiteDistribution"] = bucket.cloudfront ?? ""
        } else {
            for name in ["SiteBucket", "SitePrefix", "SiteDistribution"] { values[name] = "" }
        }
        values["Protected"] = "true"
        values["DeployKeySecret"] = try await deployKeyToMake(former: former["DeployKeySecret"])
        if let schedule = choices.schedule { values["Schedule"] = schedule }
        values["SilentDays"] = String(ScheduleGap.silentDays(values["Schedule"] ?? FleetTemplate.usualSchedule))
        if let isScheduled = choices.isScheduled { values["ScheduleState"] = isScheduled ? "ENABLED" : "DISABLED" }
        if let prunes = choices.prunes { values["Prune"] = prunes ? "true" : "false" }
        if let inFlight = choices.inFlight { values["PublicationsInFlight"] = String(inFlight) }
        if let email = choices.email { values["Email"] = email }
        if let repository = choices.repository { values["GitHubRepository"] = repository }
        if let provider = choices.githubProvider { values["GitHubProvider"] = provider }
        return values
    }

    /// The secret that belongs into the stack: the one that the stack has made, or one that nobody has.
    private func deployKeyToMake(former: String?) async throws -> String {
        guard let name = deployKeyName, let secret = deployKeySecret else { return "" }
        if former == name { return name }
        return try await secret.found() == nil ? name : ""
    }
}
