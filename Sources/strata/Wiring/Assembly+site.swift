import AWS
import FoundationEssentials
import Local
import Model
import Publishing
import Settings
import Site

extension Assembly {
    /// What the site needs besides what it shows.
    var siteOptions: SiteOptions {
        SiteOptions(klayersAPI: settings.site.klayersAPI, featured: settings.site.featured)
    }

    /// The site wherever it is put: on its branch, in a bucket or in a folder.
    func siteBranches(
        _ input: RegistryInput, report: @escaping @Sendable (RunEvent) -> Void
    ) -> [BranchRenderer] {
        let site = SiteRenderer(input, options: siteOptions)
        let budget = settings.site.budget
        let shown = "\(input.fingerprint) \(siteOptions.klayersAPI)" + siteOptions.featured.map { " \($0)" }.joined()
        @Sendable func render(
            _ states: [ItemState], _ isComplete: Bool, _ existing: (String) throws -> [UInt8]?
        ) throws -> [FileChange] {
            let changes = try site.changes(
                for: LayerState.grouping(states), isComplete: isComplete, existing: existing)
            if let warning = try SiteSize(after: changes)?.warning(budget: budget) { report(.warning(warning)) }
            return changes
        }
        var branches: [BranchRenderer] = []
        if settings.site.isOnBranch {
            let branch = settings.git.siteBranch
            let job = settings.site.isForGitLab ? [GitLabPages.path: GitLabPages.job(for: branch)] : [:]
            branches.append(
                BranchRenderer(
                    branch: branch, historyBudget: settings.git.history, announces: false,
                    fingerprint: ContentDigest.of(shown + (job.isEmpty ? "" : " gitlab")).hex, companions: { job },
                    render: render))
        }
        if let place = settings.site.place {
            let remote = remote(place)
            branches.append(
                BranchRenderer(
                    branch: remote.name, announces: false, fingerprint: ContentDigest.of("\(shown) \(form(place))").hex,
                    place: remote, render: render))
        }
        return branches
    }

    /// The place that the configuration names besides the branch.
    func remote(_ place: SitePlaceSettings) -> PlaceRemote {
        PlaceRemote(
            place.text, owner: ContentDigest.of(settings.git.remote.url).hex, form: form(place),
            deadline: settings.git.deadline
        ) { [cloud, desired] in
            switch place {
            case .folder(let path): FolderSite(path)
            case .bucket(let bucket): try await cloud.site(bucket, of: desired.registry)
            }
        }
    }

    /// What tells two ways of keeping the same files apart.
    private func form(_ place: SitePlaceSettings) -> String {
        switch place {
        case .folder: ""
        case .bucket(let bucket): S3Site.Options.form(cacheControl: bucket.cacheControl)
        }
    }
}

extension CloudAccess {
    fileprivate func site(_ bucket: SiteBucketSettings, of registry: RegistryDescription) async throws -> S3Site {
        let path = URL(string: registry.url)?.path ?? ""
        return S3Site(
            client: try client(for: bucket.region.partition), bucket: bucket.name,
            owner: try await owner(in: bucket.region.partition), region: bucket.region,
            options: S3Site.Options(
                prefix: bucket.prefix, cacheControl: bucket.cacheControl, distribution: bucket.cloudfront,
                servedAt: path.hasSuffix("/") ? String(path.dropLast()) : path))
    }
}
