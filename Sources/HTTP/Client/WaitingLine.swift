/// Requests that wait for their turn: first come, first served among the hosts that have room.
package struct WaitingLine<Element> {
    private var lines: [String: Line] = [:]
    private var inFlight: [String: Int] = [:]
    private var arrivals = 0
    private var totalInFlight = 0
    private let limits: HTTPClient.Limits

    private struct Line {
        var elements: [(arrival: Int, element: Element)] = []
        /// The elements before it are gone; they are dropped together, so that taking one costs O(1) on average.
        var head = 0
    }

    package init(limits: HTTPClient.Limits) { self.limits = limits }

    package mutating func add(_ element: Element, host: String) {
        lines[host, default: Line()].elements.append((arrivals, element))
        arrivals += 1
    }

    /// The longest waiting element that may start now; it counts as in flight until `finish`.
    package mutating func next() -> Element? {
        guard totalInFlight < limits.inFlight else { return nil }
        let free = lines.filter { inFlight[$0.key, default: 0] < limits.inFlightPerHost }
        let first = free.min { $0.value.elements[$0.value.head].arrival < $1.value.elements[$1.value.head].arrival }
        guard let host = first?.key else { return nil }
        totalInFlight += 1
        inFlight[host, default: 0] += 1
        return remove(at: lines[host]?.head ?? 0, host: host)
    }

    /// Gives back the place that `next` took.
    package mutating func finish(host: String) {
        totalInFlight -= 1
        inFlight[host, default: 1] -= 1
        if inFlight[host] == 0 { inFlight[host] = nil }
    }

    /// Takes a waiting element out of its line.
    package mutating func withdraw(host: String, where matches: (Element) -> Bool) -> Element? {
        guard let line = lines[host] else { return nil }
        let index = line.elements.indices[line.head...].first { matches(line.elements[$0].element) }
        return index.flatMap { remove(at: $0, host: host) }
    }

    /// Takes out all that wait.
    package mutating func drain() -> [Element] {
        defer { lines = [:] }
        return lines.values.flatMap { $0.elements[$0.head...].map(\.element) }
    }

    private mutating func remove(at index: Int, host: String) -> Element? {
        guard var line = lines.removeValue(forKey: host) else { return nil }
        let element = line.elements[index].element
        if index == line.head {
            line.head += 1
            if line.head * 2 > line.elements.count {
                line.elements.removeFirst(line.head)
                line.head = 0
            }
        } else {
            line.elements.remove(at: index)
        }
        if line.head < line.elements.count { lines[host] = line }
        return element
    }
}
