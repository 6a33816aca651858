/// What tells GitLab to serve a branch. https://docs.gitlab.com/user/project/pages/
public enum GitLabPages {
    public static let path = ".gitlab-ci.yml"

    /// - Parameter branch: the site's.
    public static func job(for branch: String) -> [UInt8] {
        Array(
            """
            # Has GitLab Pages serve this branch. Written by Strata, as all else here.
            pages:
              stage: deploy
              image: busybox
              variables:
                GIT_DEPTH: "1"
              script:
                - mkdir .public
                - cp -r -- * .public
                - mv .public public
              artifacts:
                paths: [public]
              rules:
                - if: $CI_COMMIT_BRANCH == "\(branch)"

            """.utf8)
    }
}
