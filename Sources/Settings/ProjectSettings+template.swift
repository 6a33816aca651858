extension ProjectSettings {
    /// What `strata init` writes: a whole configuration that runs on this machine, with the other choices as comments.
    public static let template = """
        # What Strata builds and publishes. 'strata check' reads this file, 'strata plan' shows what would happen.
        version: 1

        # What readers of the registry are told.
        registry:
          name: My layers
          url: https://example.org/layers

        # Python versions and architectures: python3.10 to python3.15, each also as …-arm64.
        targets: [python3.12, python3.13, python3.13-arm64]

        # A list, or 'all', or all but some: { all: aws, except: [me-south-1] }
        regions: [us-east-1, eu-west-1, ap-southeast-2]

        layers:
          # A requirement is a layer of its own: a name, extras, versions and markers.
          - requests
          - "psycopg[binary,pool]"
          # Several packages in one layer need a name. The first gives the layer its version.
          - name: data
            requires: [pandas>=2, openpyxl]
            # targets: [python3.13]           # instead of the targets above
            # prune: [tests, stubs, headers]  # leave these out of the zip
            # exclude: ["*/docs/*"]           # and whatever these patterns match
            # drop-conflicts: [tests]         # top-level files on which two wheels may disagree
            # prefer: { "testing/*": numpy }  # or whose files are taken where they do
            # allow-shadowing: [dataclasses]  # modules of the standard library that the layer may hide
            # allow-record: ["docopt==0.6.2"] # releases whose RECORD may be wrong
            # checks: { waive: { missing-library: "our functions bring it" } } # take an error, and say why
            # retention: { expire: 730d }     # instead of the retention below
          # A list that others may send changes to; its first column names packages.
          # - from: packages.csv
          #   targets: [python3.12]

        updates:
          minimum-age: 2d        # ignore releases that are younger
          dependencies-only: 7d  # publish changes of dependencies alone at most this often

        # A plan above these is refused unless it is allowed by hand.
        limits: { publish: 500, delete: 50 }

        publish:
          # 'local' keeps layers in a folder that stands in for Lambda; 'aws' publishes them.
          provider: local
          # {prefix}, {py}, {layer}, {version} and {build}. With {build}, every release is number 1 in every region.
          name: "{prefix}-{py}-{layer}"
          prefix: my
          # private, public, { organization: o-a1b2c3d4e5 } or { accounts: ["111122223333"] }
          visibility: public
          # partitions:
          #   aws: { account: "111122223333", profile: publisher }
          #   aws-cn: { account: "444455556666", profile: china, regions: [cn-north-1] }
          # staging: { bucket: "my-strata-{account}-{region}", above: 50MB }
          # rate: 5/s                  # calls to each region; Lambda's ceiling is 15/s
          # deadlines: { connect: 5s, call: 60s, no-progress: 60s }

        # How long a release stays after a newer one took its place, and how many stay whatever their age.
        retention: { expire: 365d, keep: 1 }

        ledger: sqlite:.strata/ledger.sqlite   # or dynamodb:TABLE@region

        git:
          remote: .strata/registry.git         # or git@github.com:owner/layers.git, https://…
          branch: main
          site-branch: gh-pages
          author: Strata <strata@example.org>
          # ssh-key: secretsmanager:strata/deploy-key   # or ssm:/path, env:NAME, file:PATH
          # passphrase: ssm:/strata/deploy-key-passphrase
          # via: pull-request                  # people merge what is new; see docs/git.md
          # token: secretsmanager:strata/token          # for https://…; or an App of GitHub:
          # github-app: { id: 12345, installation: 67890, key: "ssm:/strata/app-key" }
          # host-keys: [known_hosts]           # beside the hosts that Strata knows
          # sign: ssm:/strata/signing-key      # commits and checkpoints
          # renew: 7d                          # sign anew at least so often, though nothing has changed
          # deadline: 120s
          # history: 200                       # commits kept on the site's branch
          # folders: flat                      # or sharded: how main is laid out, chosen once, at the beginning

        # index: { url: https://packages.example.org/simple, extra: [], find-links: [wheels], no-index: false }
        # cache: { folder: .strata/cache, size: 10GB }
        # parallel: { resolve: 8, build: 4 }
        # site: { budget: 900MB, api-v2: true }   # api-v2 is for clients of Klayers, and many files; featured: [LAYER]

        """
}
