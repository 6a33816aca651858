import Model
import Planning

/// What happens during a run. The report is what they come to; progress views and logs show them one by one.
public enum RunEvent: Sendable, Codable {
    public enum Stage: String, Sendable, CaseIterable, Codable {
        case resolve, recover, plan, build, publish, commit
    }

    case began(Stage, count: Int)
    case ended(Stage, seconds: Double)
    case resolved(Item)
    case planned(Plan)
    case built(Item, version: String, buildNumber: Int, zipped: ByteCount)
    /// A build turned out to have the bytes of an earlier one, which stands for it from now on.
    case unchanged(Item)
    case buildFailed(RunReport.Failure)
    /// Nothing but the maintainer can make the item build.
    case buildRefused(RunReport.Failure)
    /// Published, verified, granted and recorded, in the place of so many releases.
    case published(RunReport.Published, replaced: Int)
    /// Published by a run that died, and verified, granted and recorded now.
    case adopted(RunReport.Published, replaced: Int)
    /// A region does not have a release yet, and why.
    case pending(RunReport.Failure, Note.Kind)
    case deleted(Release)
    /// Others may read a release than could before.
    case permitted(PermitAction)
    case circuitOpened(Region, reason: String)
    case committed(RunReport.Commit)
    /// The main branch waits for people, who merge what is on another one.
    case proposed(RunReport.Proposal)
    /// A place of the site does not have what the registry has.
    case siteBehind(RunReport.PlaceBehind)
    case yanked(RunReport.Yanked)
    /// Something new is known to be wrong with the latest build.
    case advisory(RunReport.Advised)
    case warning(String)
}

extension RunReport.PlaceBehind {
    public init(_ place: String, _ error: StrataError) {
        self.init(place: place, reason: error.message, hint: error.hint)
    }
}

extension RunReport.Failure {
    init(_ item: Item, _ region: Region? = nil, _ error: StrataError) {
        self.init(item: item, region: region, reason: error.message, hint: error.hint)
    }
}
