import Model
import Settings
import Testing

/// Each mistake with the exact line that is printed for it.
@Suite struct MistakeTests {
    /// A line of `smallest` that is replaced, and what is said about it.
    struct Mistake: CustomTestStringConvertible {
        let line: Int
        let text: String
        let said: String
        init(_ line: Int, _ text: String, _ said: String) {
            self.line = line
            self.text = text
            self.said = said
        }
        var testDescription: String { text }
    }

    @Test(
        "says where a mistake is, what is wrong and what would be right",
        arguments: [
            // Keys.
            Mistake(4, "regoins: [us-east-1]", "strata.yaml:1:1: the configuration needs 'regions'"),
            Mistake(1, "version: 2", "strata.yaml:1:10: 'version' must be 1"),
            Mistake(1, "version: \"1\"", "strata.yaml:1:10: 'version' must be a whole number, not text"),
            Mistake(2, "registry: [Acme]", "strata.yaml:2:11: 'registry' must be a mapping of keys, not a list"),
            Mistake(2, "registry: { name: Acme }", "strata.yaml:2:11: 'registry' needs 'url'"),
            Mistake(
                2, "registry: { name: 12, url: \"https://a.example\" }",
                "strata.yaml:2:19: 'registry.name' must be text, not a number; put it in quotes"),
            Mistake(
                2, "registry: { name: ~, url: \"https://a.example\" }",
                "strata.yaml:2:19: 'registry.name' must be text, not nothing"),
            Mistake(
                2, "registry: { name: A, url: acme.example }",
                "strata.yaml:2:27: 'registry.url' is not a URL; it begins with https://"),
            Mistake(
                2, "registry: { name: A, url: \"ftp://acme.example\" }",
                "strata.yaml:2:27: unknown scheme 'ftp' in 'registry.url'; use https, http"),
            Mistake(
                2, "registry: { name: A, url: \"https://acme.example/?a\" }",
                "strata.yaml:2:27: 'registry.url' must end with a path: links are made by adding to it"),
            Mistake(
                2, "registry: !ruby { name: A, url: b }",
                "strata.yaml:2:11: the tag '!ruby' is not understood; leave it out"),
            Mistake(
                6, "layers: [{ requires: a, sign-code: { profile: p } }]",
                "strata.yaml:6:25: unknown key 'sign-code' in a layer; "
                    + "AWS Signer is not used yet: docs/decisions/0019-signed-code.md says why"),
            // Proofs and bytecode.
            Mistake(
                6, "layers: [{ requires: a, checks: { probe: { region: us-east-1 } } }]",
                "strata.yaml:6:42: 'probe' is for all layers; write it under the document's 'checks'"),
            Mistake(
                6, "layers: [a]\nchecks: { probe: { region: us-east-1, role: probe } }",
                "strata.yaml:7:45: 'probe' is not a role's ARN; as arn:aws:iam::111122223333:role/strata-probe"),
            Mistake(
                6, "layers: [a]\nchecks: { probe: { region: us-east-1 } }",
                "strata.yaml:7:18: 'probe' needs 'role'"),
            Mistake(
                6,
                "layers: [a]\nchecks: { probe: { region: us-east-1, role: \"arn:aws-cn:iam::111122223333:role/p\" } }",
                "strata.yaml:7:45: the role and the region must be of one partition that layers are published to"),
            Mistake(
                6, "layers: [{ requires: a, checks: { imports: sandboxx } }]",
                "strata.yaml:6:44: unknown place for imports 'sandboxx'; did you mean 'sandbox'?"),
            Mistake(
                6, "layers: [{ requires: a, checks: { interpreters: {} } }]",
                "strata.yaml:6:49: 'interpreters' belong to this machine, not to a layer; write them under the document's 'checks'"
            ),
            Mistake(
                6, "layers: [{ requires: a, imports: { skip: [a-b] } }]",
                "strata.yaml:6:43: 'a-b' is not a module's name; write it as 'import' has it: 'package.module'"),
            Mistake(
                6, "layers: [{ requires: a, imports: { ony: [b] } }]",
                "strata.yaml:6:36: unknown key 'ony' in 'imports'; did you mean 'only'?"),
            Mistake(
                6, "layers: [{ requires: a, bytecode: reach }]",
                "strata.yaml:6:35: unknown kind of bytecode 'reach'; did you mean 'reached'?"),
            // Targets and regions.
            Mistake(3, "targets: []", "strata.yaml:3:10: 'targets' is empty"),
            Mistake(3, "targets: python3.12", "strata.yaml:3:10: 'targets' must be a list, not text"),
            Mistake(
                3, "targets: [python3.12, python3.12]",
                "strata.yaml:3:23: 'python3.12' is in 'targets' twice"),
            Mistake(
                3, "targets: [python3.12-arm]",
                "strata.yaml:3:11: unknown target 'python3.12-arm'; did you mean 'python3.12-arm64'?"),
            Mistake(
                3, "targets: [ruby3.3]",
                "strata.yaml:3:11: unknown target 'ruby3.3'; it is one of "
                    + "'python3.10', 'python3.10-arm64', 'python3.11', 'python3.11-arm64', 'python3.12', "
                    + "'python3.12-arm64', 'python3.13', 'python3.13-arm64', 'python3.14', 'python3.14-arm64', "
                    + "'python3.15', 'python3.15-arm64'"),
            Mistake(
                4, "regions: [us-esat-1]",
                "strata.yaml:4:11: unknown region 'us-esat-1'; did you mean 'us-east-1'?"),
            Mistake(
                4, "regions: us-east-1",
                "strata.yaml:4:10: 'regions' must be 'all', a list of regions, "
                    + "or { all: aws, except: [me-south-1] }; write [us-east-1]"),
            Mistake(
                4, "regions: { all: aws-ch }",
                "strata.yaml:4:17: unknown partition 'aws-ch'; did you mean 'aws-cn'?"),
            Mistake(
                4, "regions: { all: aws, except: [cn-north-1] }",
                "strata.yaml:4:31: 'cn-north-1' is a region of 'aws-cn', not of 'aws'"),
            Mistake(4, "regions: { except: [us-east-1] }", "strata.yaml:4:10: 'regions' needs 'all'"),
            Mistake(
                4, "regions: { all: aws-eusc, except: [eusc-de-east-1] }",
                "strata.yaml:4:10: 'regions' leaves no region"),
            // Layers.
            Mistake(6, "layers: []", "strata.yaml:6:9: 'layers' is empty"),
            Mistake(
                6, "layers: [requests, 7]",
                "strata.yaml:6:20: a requirement must be text, not a number; put it in quotes"),
            Mistake(
                6, "layers: [\"-r x.txt\"]",
                "strata.yaml:6:10: '-r x.txt' is not a requirement: options are not allowed"),
            Mistake(
                6, "layers: [\"a @ https://b.example/c.whl\"]",
                "strata.yaml:6:10: 'a @ https://b.example/c.whl' is not a requirement: URLs are not allowed; "
                    + "name the package and, if need be, set 'index:' to one that has it"),
            Mistake(6, "layers: [\"../a\"]", "strata.yaml:6:10: '../a' is not a requirement: paths are not allowed"),
            Mistake(6, "layers: [\"a>>1\"]", "strata.yaml:6:10: 'a>>1' is not a requirement: '>1' is not a version"),
            Mistake(
                6, "layers: [requests, Requests]",
                "strata.yaml:6:20: the layer 'requests' is defined twice; the first is at strata.yaml:6"),
            Mistake(
                6, "layers: [ruamel.yaml, ruamel_yaml]",
                "strata.yaml:6:23: the layer 'ruamel-yaml' is defined twice; the first is at strata.yaml:6"),
            Mistake(
                6, "layers: [requests, { name: REQUESTS, requires: httpx }]",
                "strata.yaml:6:20: the layer 'REQUESTS' is defined twice, differing in case only; "
                    + "the first is at strata.yaml:6"),
            Mistake(
                6, "layers: [{ requires: [a, b] }]",
                "strata.yaml:6:10: a layer with several requirements needs 'name'"),
            Mistake(6, "layers: [{ name: x }]", "strata.yaml:6:10: a layer needs 'requires'"),
            Mistake(
                6, "layers: [{ name: x.y, requires: a }]",
                "strata.yaml:6:18: 'x.y' is not a valid layer name; use at most 64 letters, digits, '-' and '_'"),
            Mistake(6, "layers: [{ name: x, requires: [a, A] }]", "strata.yaml:6:35: 'a' is required twice"),
            Mistake(6, "layers: [{ name: x, requires: [] }]", "strata.yaml:6:31: 'requires' is empty"),
            Mistake(
                6, "layers: [{ name: x, requries: [a] }]",
                "strata.yaml:6:10: a layer needs 'requires'"),
            Mistake(
                6, "layers: [{ requires: a, prune: [test] }]",
                "strata.yaml:6:33: unknown thing to prune 'test'; did you mean 'tests'?"),
            Mistake(
                6, "layers: [{ requires: a, exclude: [\"../b\"] }]",
                "strata.yaml:6:35: '../b' is not a pattern; patterns are relative to the layer's python folder: '*/tests/*'"
            ),
            Mistake(
                6, "layers: [{ requires: a, drop-conflicts: [\"b/c\"] }]",
                "strata.yaml:6:42: 'b/c' is not the name of a top-level file or folder"),
            Mistake(
                6, "layers: [{ requires: a, bin: [\"bin/ruff\"] }]",
                "strata.yaml:6:31: 'bin/ruff' is not a program's name; name a command that a package of the layer brings: "
                    + "'ruff'"),
            Mistake(
                6, "layers: [{ requires: a, files: [{ url: \"https://a.example/b.zip\", take: { a: bin/ } }] }]",
                "strata.yaml:6:33: an entry of 'files' with 'url' needs 'sha256'"),
            Mistake(
                6, "layers: [{ requires: a, files: [{ take: { a: bin/ } }] }]",
                "strata.yaml:6:33: an entry of 'files' needs 'url', or 'path' for a file beside the configuration"),
            Mistake(
                6,
                "layers: [{ requires: a, files: [{ url: \"https://a.example/b.zip\", sha256: abc, take: { a: bin/ } }] }]",
                "strata.yaml:6:75: 'abc' is not a sha256; it is 64 hexadecimal digits"),
            Mistake(
                6, "layers: [{ requires: a, files: [{ path: ../b.zip, take: { a: bin/ } }] }]",
                "strata.yaml:6:41: '../b.zip' is not a path inside the configuration's folder; for a file beside the "
                    + "configuration write 'path: vendor/tool.tar.gz', for another one 'url'"),
            Mistake(
                6, "layers: [{ requires: a, files: [{ path: b.zip, take: { a: ../bin } }] }]",
                "strata.yaml:6:59: '../bin' is not a place in the layer; it begins at /opt: 'bin/jq' is a file's new name, "
                    + "'lib/' a folder"),
            Mistake(
                6, "layers: [{ requires: a, files: [{ path: b.zip, take: { /a: bin/ } }] }]",
                "strata.yaml:6:56: '/a' is not a pattern for files of an archive; it begins at the archive's top: "
                    + "'usr/bin/jq', '*/lib/*.so*'"),
            Mistake(
                6, "layers: [{ requires: a, files: [{ path: b.zip, tale: { a: bin/ } }] }]",
                "strata.yaml:6:48: unknown key 'tale' in an entry of 'files'; did you mean 'take'?"),
            Mistake(6, "layers: [{ from: none.csv }]", "strata.yaml:6:18: there is no '/project/none.csv'"),
            Mistake(
                6, "layers: [{ from: list.csv, name: x }]", "strata.yaml:6:34: 'name' and 'from' exclude each other"),
            Mistake(
                6, "layers: [{ from: \"~/list.csv\" }]",
                "strata.yaml:6:18: 'from' begins with '~', which is not expanded; write the whole path"),
            Mistake(
                6, "layers: [\"a-package-with-a-long-name-[and-many-extras,that-make,the-name-too-long]\"]",
                "strata.yaml:6:10: 'a-package-with-a-long-name-[and-many-extras,that-make,the-name-too-long]' is not a "
                    + "requirement: a package's name is missing or malformed"),
            Mistake(
                6, "layers: [\"a-package-with-a-long-name[and-many-extras,that-make,the-name-too-long]\"]",
                "strata.yaml:6:10: the requirement makes a name of more than 64 characters; add 'name' and 'requires'"),
            Mistake(
                6, "layers: [\"a-package-whose-name-fits-alone-but-not-behind-the-prefix\"]",
                "strata.yaml:6:10: 'acme-p312-a-package-whose-name-fits-alone-but-not-behind-the-prefix' has 67 "
                    + "characters; Lambda's names have at most 64; give the layer a shorter 'name'"),
            // Publishing.
            Mistake(5, "publish: {}", "strata.yaml:5:10: 'publish' needs 'prefix'; layer names begin with it"),
            Mistake(
                5, "publish: { prefix: a.b }",
                "strata.yaml:5:20: the prefix 'a.b' may hold only letters, digits, '-' and '_'"),
            Mistake(
                5, "publish: { prefix: a, provider: lokal }",
                "strata.yaml:5:33: unknown provider 'lokal'; did you mean 'local'?"),
            Mistake(
                5, "publish: { prefix: a, provider: aws }",
                "strata.yaml:5:10: 'publish' needs 'partitions'; as 'partitions: { aws: { account: \"111122223333\" } }'"
            ),
            Mistake(
                5, "publish: { prefix: a, provider: aws, partitions: { aws: {} } }",
                "strata.yaml:5:57: 'partitions.aws' needs 'account'; publishing stops if the credentials are of another one"
            ),
            Mistake(
                5, "publish: { prefix: a, partitions: { aws: { account: 111122223333 } } }",
                "strata.yaml:5:53: an account must be text, not a number; put it in quotes"),
            Mistake(
                5, "publish: { prefix: a, partitions: { aws: { account: \"1111\" } } }",
                "strata.yaml:5:53: '1111' is not an account: accounts have twelve digits"),
            Mistake(
                5, "publish: { prefix: a, partitions: { aws: { regions: all } } }",
                "strata.yaml:5:53: the regions of 'aws' are set twice; here and in the document's 'regions'"),
            Mistake(
                5, "publish: { prefix: a, partitions: { aws-cn: {} } }",
                "strata.yaml:5:45: 'partitions.aws-cn' has no regions; add 'regions: all', or a list"),
            Mistake(
                5, "publish: { prefix: a, partitions: { aws-cn: { regions: [us-east-1] } } }",
                "strata.yaml:5:57: 'us-east-1' is a region of 'aws', not of 'aws-cn'"),
            Mistake(
                5,
                "publish: { prefix: a, provider: aws, partitions: { aws-cn: { account: \"111122223333\", regions: all } } }",
                "strata.yaml:4:10: 'regions' has regions of 'aws', which has no account; add it to 'publish.partitions'"
            ),
            Mistake(
                5, "publish: { prefix: a, visibility: pubic }",
                "strata.yaml:5:35: unknown visibility 'pubic'; did you mean 'public'?"),
            Mistake(
                5, "publish: { prefix: a, visibility: { organization: acme } }",
                "strata.yaml:5:51: 'acme' is not an organisation id; it looks like 'o-a1b2c3d4e5'"),
            Mistake(
                5, "publish: { prefix: a, visibility: {} }",
                "strata.yaml:5:35: 'publish.visibility' needs either 'organization' or 'accounts'"),
            Mistake(
                5, "publish: { prefix: a, name: \"{py}\" }",
                "strata.yaml:5:29: the name template '{py}' needs both {py} and {layer}, or layers would share names"),
            Mistake(
                5, "publish: { prefix: a, name: \"{py}-{lair}\" }",
                "strata.yaml:5:29: the name template '{py}-{lair}' has no field '{lair}': "
                    + "{prefix}, {py}, {layer}, {version}, {build}"),
            Mistake(
                5, "publish: { prefix: a, rate: 5 }",
                "strata.yaml:5:29: 'publish.rate' must be text, not a number; put it in quotes"),
            Mistake(
                5, "publish: { prefix: a, rate: 0/s }",
                "strata.yaml:5:29: '0/s' is not a rate; write a whole number and /s, /m or /h, as '5/s'"),
            Mistake(
                5, "publish: { prefix: a, rate: 16/s }",
                "strata.yaml:5:29: 'publish.rate' must be at most 15/s: Lambda's own ceiling, which the whole account shares"
            ),
            Mistake(
                5, "publish: { prefix: a, deadlines: { call: 60 } }",
                "strata.yaml:5:42: 'deadlines.call' needs a unit; write a whole number and s, m, h, d or w, as '12h'"),
            Mistake(
                5, "publish: { prefix: a, deadlines: { call: 1.5h } }",
                "strata.yaml:5:42: '1.5h' is not a span of time; write a whole number and s, m, h, d or w, as '12h'"),
            Mistake(
                5, "publish: { prefix: a, deadlines: { no-progress: 2h } }",
                "strata.yaml:5:49: 'deadlines.no-progress' must be between 1s and 1h"),
            Mistake(
                5, "publish: { prefix: a, staging: { bucket: \"acme\" } }",
                "strata.yaml:5:42: 'staging.bucket' needs '{region}'; Lambda reads from buckets of its own region only"),
            Mistake(
                5, "publish: { prefix: a, staging: { bucket: \"Acme-{region}\" } }",
                "strata.yaml:5:42: 'Acme-{region}' does not make a valid S3 bucket name; "
                    + "3 to 63 lower-case letters, digits, '-' and '.', with {account} and {region}"),
            Mistake(
                5, "publish: { prefix: a, staging: { bucket: \"a-{account}-{region}\", above: 60MB } }",
                "strata.yaml:5:73: 'staging.above' must be between 0 B and 52.4 MB"),
            Mistake(
                5, "publish: { prefix: a, staging: { bucket: \"a-{account}-{region}\", above: 50 MO } }",
                "strata.yaml:5:73: '50 MO' is not a size; write a number and B, KB, MB, GB, KiB, MiB or GiB, as '50MB'"),
        ])
    func mistakes(_ mistake: Mistake) {
        #expect(Reading(smallest(line: mistake.line, mistake.text)).problems.contains(mistake.said))
    }

    @Test(
        "says what is wrong in the sections that may be left out",
        arguments: [
            Mistake(
                7, "retension: { expire: 1d }",
                "strata.yaml:7:1: unknown key 'retension' in the configuration; did you mean 'retention'?"),
            Mistake(7, "colour: blue", "strata.yaml:7:1: unknown key 'colour' in the configuration"),
            Mistake(
                7, "retention: { expire: 20y }",
                "strata.yaml:7:22: '20y' is not a span of time; write a whole number and s, m, h, d or w, as '12h'"),
            Mistake(7, "retention: { expire: 3651d }", "strata.yaml:7:22: 'expire' must be between 0s and 3650d"),
            Mistake(7, "retention: { keep: -1 }", "strata.yaml:7:20: 'keep' must be between 0 and 1000"),
            Mistake(
                7, "updates: { minimum_age: 1d }",
                "strata.yaml:7:12: unknown key 'minimum_age' in 'updates'; did you mean 'minimum-age'?"),
            Mistake(
                7, "limits: { publish: many }", "strata.yaml:7:20: 'limits.publish' must be a whole number, not text"),
            Mistake(
                7, "limits: { publish: 1.5 }", "strata.yaml:7:20: 'limits.publish' must be a whole number, not a number"
            ),
            Mistake(
                7, "ledger: mysql:x",
                "strata.yaml:7:9: unknown kind of ledger 'mysql'; write sqlite:PATH or dynamodb:TABLE[@region]"),
            Mistake(
                7, "ledger: strata",
                "strata.yaml:7:9: 'strata' is not a ledger; write sqlite:PATH or dynamodb:TABLE[@region]"),
            Mistake(7, "ledger: dynamodb:a", "strata.yaml:7:9: 'a' is not a valid DynamoDB table name"),
            Mistake(
                7, "ledger: dynamodb:strata@eu-west-9",
                "strata.yaml:7:9: unknown region 'eu-west-9'; did you mean 'eu-west-1'?"),
            Mistake(
                7, "git: { remote: \"https://github.com/a/b\" }",
                "strata.yaml:7:16: a remote over HTTPS needs 'git.token' or 'git.github-app'; "
                    + "write 'token: secretsmanager:NAME'"),
            Mistake(
                7, "git: { remote: \"http://github.com/a/b\", token: \"env:T\" }",
                "strata.yaml:7:16: 'git.remote' would show the token to the network; write https://"),
            Mistake(
                7, "git: { remote: \"https://me:hunter2@github.com/a/b\", token: \"env:T\" }",
                "strata.yaml:7:16: 'git.remote' must not hold a user or a password; use 'git.token' and 'git.user'"),
            Mistake(
                7, "git: { remote: \"https://github.com/\", token: \"env:T\" }",
                "strata.yaml:7:16: 'git.remote' is malformed; write https://host/owner/name.git, as 'git clone' takes it"
            ),
            Mistake(
                7, "git: { remote: \"https://github.com/a/b?x=hunter2\", token: \"env:T\" }",
                "strata.yaml:7:16: 'git.remote' is malformed; write https://host/owner/name.git, as 'git clone' takes it"
            ),
            Mistake(
                7, "git: { remote: \"https://github.com/a/b\", token: hunter2 }",
                "strata.yaml:7:49: 'git.token' is not a secret reference; "
                    + "write secretsmanager:NAME, ssm:/path, vault:PATH#field, env:NAME, file:PATH, cmd:NAME or op://…"),
            Mistake(
                7, "git: { remote: \"https://github.com/a/b\", token: \"env:T\", user: \"a:b\" }",
                "strata.yaml:7:64: 'git.user' is not a name to log in with; blanks and colons are not part of one"),
            Mistake(
                7,
                "git: { remote: \"https://github.com/a/b\", token: \"env:T\", github-app: "
                    + "{ id: 1, installation: 2, key: \"env:K\" } }",
                "strata.yaml:7:70: 'git.token' and 'git.github-app' exclude each other"),
            Mistake(
                7, "git: { remote: \"https://github.com/a/b\", github-app: { id: 1, key: \"env:K\" } }",
                "strata.yaml:7:54: 'git.github-app' needs 'installation'"),
            Mistake(
                7, "git: { remote: \"https://a.b/c\", github-app: { id: 1, installation: 0, key: \"env:K\" } }",
                "strata.yaml:7:68: 'git.github-app.installation' must be 1 or more"),
            Mistake(
                7, "git: { remote: \"git@github.com:a/b\" }",
                "strata.yaml:7:16: a remote over SSH needs 'git.ssh-key'; 'strata keys new' makes one"),
            Mistake(
                7, "git: { remote: \"ssh://git:hunter2@h/p\" }",
                "strata.yaml:7:16: 'git.remote' must not hold a password; name the key with 'git.ssh-key'"),
            Mistake(
                7, "git: { remote: \"-oProxyCommand=x:y\" }",
                "strata.yaml:7:16: 'git.remote' is malformed; write git@host:path, ssh://git@host:port/path or a folder"
            ),
            Mistake(
                7, "site: { featured: [nosuch] }",
                "strata.yaml:7:20: 'site.featured' names 'nosuch', which is not a layer; it is one of 'requests'"
            ),
            Mistake(
                7, "site: { branch: false }",
                "strata.yaml:7:17: 'site.branch: false' needs 'site.to': the site would be nowhere"),
            Mistake(
                7, "site: { to: \"s3://layers\" }", "strata.yaml:7:7: a bucket in 'site.to' needs 'region'"),
            Mistake(
                7, "site: { to: \"https://layers.example\", region: eu-west-1 }",
                "strata.yaml:7:13: 'site.to' is malformed; write s3://BUCKET, s3://BUCKET/PREFIX or a folder"),
            Mistake(
                7, "site: { to: \"s3://layers/a/../b\", region: eu-west-1 }",
                "strata.yaml:7:13: 'site.to' is malformed; write s3://BUCKET, s3://BUCKET/PREFIX or a folder"),
            Mistake(
                7, "site: { to: www, cloudfront: E2QWRUHAPOMQZL }",
                "strata.yaml:7:30: 'site.cloudfront' is for a bucket, and 'site.to' names a folder"),
            Mistake(
                7, "site: { cache-control: max-age=1 }", "strata.yaml:7:24: 'site.cache-control' needs 'site.to'"),
            Mistake(
                7, "site: { to: \"s3://layers\", region: us-gov-west-1, cloudfront: E2QWRUHAPOMQZL }",
                "strata.yaml:7:63: CloudFront is not offered in aws-us-gov"),
            Mistake(7, "git: { branch: gh-pages }", "strata.yaml:7:16: 'branch' and 'site-branch' must differ"),
            Mistake(7, "git: { branch: a..b }", "strata.yaml:7:16: 'a..b' is not a valid branch name"),
            Mistake(
                7, "git: { author: Strata }",
                "strata.yaml:7:16: 'git.author' is malformed; write 'Name <name@example.org>'"),
            Mistake(
                7, "git: { ssh-key: \"smm:/a\" }",
                "strata.yaml:7:17: 'git.ssh-key' is not a secret reference; did you mean 'ssm:'?"),
            Mistake(
                7, "git: { ssh-key: hunter2 }",
                "strata.yaml:7:17: 'git.ssh-key' is not a secret reference; "
                    + "write secretsmanager:NAME, ssm:/path, vault:PATH#field, env:NAME, file:PATH, cmd:NAME or op://…"),
            Mistake(
                7, "git: { ssh-key: \"vault:secret/key\" }",
                "strata.yaml:7:17: 'git.ssh-key' is not a secret reference; write vault:PATH#field"),
            Mistake(
                7, "git: { ssh-key: \"cmd:shwo:key\" }\nsecrets: { commands: { show: [cat, \"{}\"] } }",
                "strata.yaml:7:17: 'secrets.commands' lists no command 'shwo'; did you mean 'show'?"),
            Mistake(
                7, "git: { ssh-key: \"op://a/b/c\" }",
                "strata.yaml:7:17: 'secrets.commands' lists no command 'op'; "
                    + #"write 'secrets: { commands: { op: [op, read, --no-newline, "{}"] } }'"#),
            Mistake(
                7, "git: { ssh-key: \"gcp-secret:key\" }",
                "strata.yaml:7:17: 'git.ssh-key' is not a secret reference; this store is not read directly: "
                    + "list its own program in 'secrets.commands' and write cmd:NAME"),
            Mistake(
                7, "secrets: { commands: { \"a b\": [x] } }",
                "strata.yaml:7:24: 'a b' is not a name for a command; use letters, digits, '-' and '_'"),
            Mistake(
                7, "secrets: { commands: { a: pass show } }", "strata.yaml:7:27: a command must be a list, not text"),
            Mistake(
                7, "secrets: { commands: { a: [] } }",
                #"strata.yaml:7:27: a command must name a program; write [pass, show, "{}"]"#),
            Mistake(
                7, "secrets: { commands: { a: [\"{}\", b] } }",
                "strata.yaml:7:28: the program itself must not be filled in; put '{}' into one of its arguments"),
            Mistake(
                7, "secrets: { commands: { a: [b, \"{}\", \"{}\"] } }",
                "strata.yaml:7:27: only one argument of a command may hold '{}'"),
            Mistake(
                7, "secrets: { vault: { auth: approle, role: a } }",
                "strata.yaml:7:19: 'auth: approle' needs 'role' and 'secret-id'"),
            Mistake(
                7, "secrets: { vault: { auth: approle, role: a, secret-id: \"vault:a/b#c\" } }",
                "strata.yaml:7:56: 'secret-id' cannot lie in Vault itself; write env:NAME or file:PATH"),
            Mistake(
                7, "secrets: { vault: { role: a } }",
                "strata.yaml:7:27: 'role' is not for a token; name the method: 'auth: approle' or 'auth: aws'"),
            Mistake(
                7, "secrets: { vault: { auth: aws, secret-id: \"env:A\" } }",
                "strata.yaml:7:43: 'secret-id' is not for 'auth: aws'"),
            Mistake(
                7, "secrets: { vault: { auth: kerberos } }",
                "strata.yaml:7:27: unknown method of 'secrets.vault.auth' 'kerberos'; "
                    + "it is one of 'token', 'approle', 'aws'"),
            Mistake(
                7, "secrets: { vault: { auth: aws, region: here } }",
                "strata.yaml:7:40: 'here' is not a region; write it as 'eu-west-1'"),
            Mistake(
                7, "git: { ssh-key: 12345678 }",
                "strata.yaml:7:17: 'git.ssh-key' must be text, not a number; put it in quotes"),
            Mistake(7, "git: { passphrase: \"env:P\" }", "strata.yaml:7:20: 'git.passphrase' needs 'git.ssh-key'"),
            Mistake(7, "git: { history: 0 }", "strata.yaml:7:17: 'git.history' must be between 1 and 1000000"),
            Mistake(
                7, "git: { folders: deep }",
                "strata.yaml:7:17: unknown way to lay out 'git.folders' 'deep'; it is one of 'flat', 'sharded'"),
            Mistake(
                7, "index: { url: \"https://me:hunter2@a.example\" }",
                "strata.yaml:7:15: 'index.url' must not hold credentials; put them into netrc or the environment"),
            Mistake(
                7, "index: { no-index: yes, find-links: [a] }",
                "strata.yaml:7:20: 'index.no-index' must be true or false, not text"),
            Mistake(7, "index: { no-index: true }", "strata.yaml:7:20: 'no-index' needs 'find-links'"),
            Mistake(
                7, "index: { no-index: true, find-links: [a], url: \"https://a.example\" }",
                "strata.yaml:7:48: 'url' and 'no-index' exclude each other"),
            Mistake(7, "cache: { size: 1KB }", "strata.yaml:7:16: 'cache.size' must be between 100 MB and 100000 GB"),
            Mistake(7, "parallel: { build: 0 }", "strata.yaml:7:20: 'parallel.build' must be between 1 and 64"),
            Mistake(
                7, "<<: { ledger: x }",
                "strata.yaml:7:1: unknown key '<<' in the configuration; merge keys are not read; write the keys out"),
            Mistake(7, "12: x", "strata.yaml:7:1: unknown key '12' in the configuration"),
            Mistake(7, "[a]: x", "strata.yaml:7:1: a key must be a word, not a list"),
        ])
    func optional(_ mistake: Mistake) {
        #expect(Reading(smallest + mistake.text).problems == [mistake.said])
    }
}
