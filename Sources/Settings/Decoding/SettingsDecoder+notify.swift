import Model

/// The section `notify`.
extension SettingsDecoder {
    func notify(_ value: Value) -> NotifySettings? {
        guard let fields = Fields<Vocabulary.Notify>(value, "'notify'") else { return nil }
        var notify = NotifySettings()
        notify.healthcheck = fields[.healthcheck].flatMap(healthcheck)
        let year = Duration.seconds(366 * 86_400)
        notify.pendingAfter =
            fields[.pendingAfter]?.asDuration("'notify.pending-after'", in: .zero...year) ?? notify.pendingAfter
        notify.endingWithin =
            fields[.endingWithin]?.asDuration("'notify.ending-within'", in: .zero...year) ?? notify.endingWithin
        notify.storageAbove =
            fields[.storageAbove]?.asInteger("'notify.storage-above'", in: 1...100) ?? notify.storageAbove
        notify.deadline =
            fields[.deadline]?.asDuration("'notify.deadline'", in: .seconds(1)...(.seconds(300))) ?? notify.deadline
        var names: Set<String> = []
        for entry in fields[.sinks]?.asList("'notify.sinks'") ?? [] {
            guard let sink = sink(entry, taken: names) else { continue }
            names.insert(sink.name)
            notify.sinks.append(sink)
        }
        if notify.sinks.count > 20 { fields[.sinks]?.problem("'notify.sinks' holds more than 20") }
        return notify
    }

    private func healthcheck(_ value: Value) -> NotifySettings.Healthcheck? {
        guard let text = value.asText("'notify.healthcheck'") else { return nil }
        if let reference = SecretReference(text) { return .secret(resolved(reference)) }
        return webAddress(value, "'notify.healthcheck'", schemes: ["https", "http"]).map { .url($0) }
    }

    private func sink(_ value: Value, taken: Set<String>) -> SinkSettings? {
        guard let fields = Fields<Vocabulary.Sink>(value, "a sink of 'notify'") else { return nil }
        let places: [Vocabulary.Sink] = [.sns, .webhook, .mail, .command]
        let given = places.filter { fields[$0] != nil }
        guard let type = given.first, given.count == 1 else {
            value.problem("a sink needs one of \(places.map { "'\($0.rawValue)'" }.joined(separator: ", "))")
            return nil
        }
        for (key, owner) in [(Vocabulary.Sink.shape, Vocabulary.Sink.webhook), (.from, .mail), (.sendmail, .mail)]
        where fields[key] != nil && type != owner {
            fields[key]?.problem("'\(key.rawValue)' belongs to '\(owner.rawValue)'")
        }
        let place: SinkSettings.Place? =
            switch type {
            case .sns: fields[.sns].flatMap(topic).map { .sns($0) }
            case .webhook:
                fields[.webhook].flatMap { secret($0, "'webhook'") }.map {
                    .webhook($0, fields[.shape]?.asChoice("shape", SinkSettings.Shape.self) ?? .json)
                }
            case .mail: fields[.mail].flatMap { mail($0, fields) }
            default: fields[.command].flatMap(command)
            }
        // Mail is for what somebody has to look at.
        let usual = Notice.Kind.allCases.filter { type != .mail || $0 != .published }
        let kinds =
            fields[.on].flatMap { unique($0, "'on'") { $0.asChoice("event", Notice.Kind.self) } } ?? usual
        guard let place, let name = name(of: fields, type.rawValue, taken: taken) else { return nil }
        return SinkSettings(name: name, kinds: kinds, place: place)
    }

    /// The name that was given, or the kind of place with a number.
    private func name(of fields: Fields<Vocabulary.Sink>, _ type: String, taken: Set<String>) -> String? {
        guard let value = fields[.name] else {
            return ([type] + (2...21).map { "\(type)-\($0)" }).first { !taken.contains($0) }
        }
        guard let name = value.asText("a sink's name") else { return nil }
        guard name.utf8.count <= 40, name.utf8.allSatisfy({ $0.isASCIIAlphanumeric || "-_.".utf8.contains($0) }) else {
            value.problem("a sink's name has letters, digits, '-', '_' and '.', 40 at most")
            return nil
        }
        guard !taken.contains(name) else {
            value.problem("two sinks are named '\(name)'")
            return nil
        }
        return name
    }

    private func topic(_ value: Value) -> String? {
        guard let text = value.asText("'sns'") else { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[2] == "sns", Region(String(parts[3])) != nil else {
            value.problem("'sns' is not a topic's ARN", hint: "write it as 'arn:aws:sns:eu-west-1:111122223333:layers'")
            return nil
        }
        return text
    }

    private func mail(_ value: Value, _ fields: Fields<Vocabulary.Sink>) -> SinkSettings.Place? {
        let isOne = value.kind == .text
        let to = isOne ? address(value).map { [$0] } : unique(value, "'mail'") { address($0) }
        if to?.isEmpty == true { value.problem("'mail' names nobody") }
        let sendmail = fields[.sendmail].flatMap { program($0, "'sendmail'") } ?? "/usr/sbin/sendmail"
        return to.map { .mail(to: $0, from: fields[.from].flatMap(address), sendmail: sendmail) }
    }

    /// `name@host`, of characters that mean nothing in a header.
    private func address(_ value: Value) -> String? {
        guard let text = value.asText("an address") else { return nil }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, text.utf8.count <= 254, !text.hasPrefix("-"),
            parts.allSatisfy({ part in
                !part.isEmpty && part.utf8.allSatisfy { $0.isASCIIAlphanumeric || ".-_+=".utf8.contains($0) }
            })
        else {
            value.problem("an address must be like 'ops@example.org'")
            return nil
        }
        return text
    }

    private func command(_ value: Value) -> SinkSettings.Place? {
        guard let words = value.asList("'command'") else { return nil }
        guard let first = words.first else {
            value.problem("'command' is empty", hint: "write a program and its arguments")
            return nil
        }
        let arguments = words.dropFirst().compactMap { $0.asText("an argument") }
        return program(first, "'command'").map { .command([$0] + arguments) }
    }

    /// A program's path; it is not looked for.
    private func program(_ value: Value, _ what: String) -> String? {
        guard let text = value.asText(what) else { return nil }
        guard text.contains("/") else {
            value.problem("\(what) must be a path, as '/usr/bin/\(text)'")
            return nil
        }
        return path(value, what)
    }
}
