import Model
import Publishing

extension FleetLog {
    /// A line for what happens during a run.
    public func take(_ event: RunEvent) {
        switch event {
        case .began(let stage, let count): debug("\(stage.rawValue): \(count) to do")
        case .ended(let stage, _): debug("\(stage.rawValue) ended")
        case .resolved(let item): log(.debug, "resolved", item: item)
        case .planned(let plan):
            info(
                "planned \(plan.builds.count) builds, \(plan.publications.count) publications, "
                    + "\(plan.deprecations.count) deprecations")
        case .built(let item, let version, let buildNumber, let zipped):
            log(.info, "built \(version), build \(buildNumber), \(zipped)", item: item)
        case .unchanged(let item): log(.info, "the same bytes as an earlier build", item: item)
        case .buildFailed(let failure), .buildRefused(let failure):
            log(.warning, "not built: \(failure.reason)", item: failure.item)
        case .published(let release, _):
            log(
                .info, "published \(release.version) as version \(release.number)", item: release.item,
                region: release.region)
        case .pending(let failure, let kind):
            log(.warning, "\(kind.rawValue): \(failure.reason)", item: failure.item, region: failure.region)
        case .circuitOpened(let region, let reason): log(.warning, "nothing more is tried: \(reason)", region: region)
        case .adopted(let release, _):
            log(.info, "adopted version \(release.number)", item: release.item, region: release.region)
        case .permitted(let action):
            log(
                .info, "\(action.release) can be read by \(action.after.text)", item: action.item,
                region: action.release.region)
        case .deleted(let release): log(.info, "deleted \(release.id)", item: release.item, region: release.id.region)
        case .committed(let commit):
            info("pushed \(commit.commit) to \(commit.branch): \(commit.files) files, \(commit.bytes)")
        case .siteBehind(let place): warning("the site at \(place.place) is behind: \(place.reason)")
        case .warning(let text): warning(text)
        }
    }
}
