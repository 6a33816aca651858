import Glibc
import Model

/// A root that resembles a target's runtime: the layer at `/opt`, an interpreter at `/var/lang`, and of this machine's
/// libraries those that the runtime has too, or that the interpreter needs.
struct RuntimeRoot {
    let interpreter: Interpreter
    let target: Target
    /// The libraries that the runtime brings and this machine does not.
    let absent: Set<String>
    private let shown: [Confinement.Shown]
    private let runtime: RuntimeLibraries?

    private static let folders = [
        "/lib64", "/usr/lib64", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu", "/lib", "/usr/lib",
    ]

    init(_ interpreter: Interpreter, for target: Target) {
        self.interpreter = interpreter
        self.target = target
        runtime = target.platform.flatMap(RuntimeLibraries.of)
        let names = runtime?.names ?? []
        var libraries = interpreter.libraries
        var absent: Set<String> = []
        for name in names where libraries[name] == nil {
            if let path = Self.folders.lazy.map({ "\($0)/\(name)" }).first(where: Program.isReadable) {
                libraries[name] = path
            } else {
                absent.insert(name)
            }
        }
        self.absent = absent
        let lang = "/var/lang"
        let python = "\(lang)/lib/python\(target.python)"
        var shown = [
            Confinement.Shown(source: interpreter.executable, path: "\(lang)/bin/python\(target.python)"),
            Confinement.Shown(source: interpreter.standard, path: python),
        ]
        if !interpreter.modules.hasPrefix(interpreter.standard + "/") {
            shown.append(.init(source: interpreter.modules, path: "\(lang)/lib-dynload"))
        }
        shown += libraries.sorted { $0.key < $1.key }.map { .init(source: $0.value, path: "/lib64/\($0.key)") }
        if let file = Authorities.ofSystem {
            shown.append(.init(source: file, path: Authorities.files[0]))
        }
        for name in ["sbin/ldconfig", "bin/sh"] {
            if let path = ["/\(name)", "/usr/\(name)"].first(where: Program.isExecutable) {
                shown.append(.init(source: path, path: "/\(name)"))
            }
        }
        self.shown = shown
    }

    /// A program in Python, run over a layer.
    /// - Parameters:
    ///   - layer: the folder that the layer was unpacked to.
    ///   - folder: an empty one.
    func confinement(
        _ kind: Confinement.Kind, layer: String, folder: String, program: String, arguments: [String]
    ) -> Confinement {
        let isRoot = kind == .root
        let python = isRoot ? "/var/lang/bin/python\(target.python)" : interpreter.executable
        let runtime = "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib"
        var shown = self.shown
        if isRoot {
            shown.append(.init(source: layer, path: "/opt"))
        } else {
            shown = [interpreter.executable, interpreter.standard, interpreter.modules, layer].map {
                .init(source: $0, path: $0)
            }
            shown += Self.folders.map { .init(source: $0, path: $0) }
            shown += interpreter.libraries.values.sorted().map { .init(source: $0, path: $0) }
            shown += Authorities.files.map { .init(source: $0, path: $0) }
        }
        return Confinement(
            kind: kind, folder: folder, shown: shown, files: Self.files,
            command: [python, "-I", "-S", "-B", "-X", "utf8", "-c", program, isRoot ? "/opt" : layer] + arguments,
            environment: [
                "LD_LIBRARY_PATH": isRoot ? "\(runtime):/opt/lib" : "\(layer)/lib",
                "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin", "LANG": "en_US.UTF-8", "TZ": ":UTC",
                "HOME": isRoot ? "/tmp" : folder, "TMPDIR": isRoot ? "/tmp" : folder,
                "SSL_CERT_FILE": isRoot
                    ? Authorities.files[0] : Authorities.ofSystem ?? Authorities.files[0],
                "LAMBDA_TASK_ROOT": "/var/task", "LAMBDA_RUNTIME_DIR": "/var/runtime",
                "AWS_EXECUTION_ENV": "AWS_Lambda_python\(target.python)", "AWS_REGION": "us-east-1",
                "AWS_DEFAULT_REGION": "us-east-1", "AWS_LAMBDA_FUNCTION_NAME": "probe",
                "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
                "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/probe", "AWS_LAMBDA_LOG_STREAM_NAME": "probe",
            ], limits: Confinement.Limits())
    }

    /// A program in Python, run in a root that shows some more files and folders.
    /// - Parameter folder: an empty one.
    func confinement(
        of more: [Confinement.Shown], folder: String, program: String, arguments: [String],
        environment: [String: String]
    ) -> Confinement {
        Confinement(
            kind: .root, folder: folder, shown: shown + more, files: Self.files,
            command: ["/var/lang/bin/python\(target.python)", "-I", "-S", "-B", "-X", "utf8", "-c", program]
                + arguments,
            environment: environment.merging(["LD_LIBRARY_PATH": "/var/lang/lib:/lib64"]) { $1 },
            limits: Confinement.Limits(memory: 2 << 30, fileSize: 256 << 20, processes: 256))
    }

    private static let files = [
        "/etc/ld.so.conf": "/lib64\n",
        "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nsbx_user1051:x:993:990::/tmp:/bin/sh\n",
        "/etc/group": "root:x:0:\nsbx_user:x:990:\n",
        "/etc/hosts": "127.0.0.1 localhost\n",
    ]

    /// Why a failure says nothing about the target; nil if it does.
    func excuse(_ failure: String, missing module: String?) -> String? {
        if let top = module?.split(separator: ".").first, RuntimeModules.brings(String(top)) {
            return "it needs '\(top)', which Lambda's Python brings and this machine's does not"
        }
        if let name = absent.first(where: { failure.contains("\($0): cannot open shared object file") }) {
            return "it needs \(name), which the runtime brings and this machine does not"
        }
        // The static proof compares versions with those of the runtime's libraries.
        if failure.contains("version `"), failure.contains("' not found (required by") {
            return "this machine's libraries are older"
        }
        return nil
    }
}
