import MillraceConnectors
import MillraceCore
import MillraceValues

/// Reads a drop's archive and what still lies in its place again, under the names of the first time; puts nothing away.
struct RereadConnector: Connector {
    let id: ConnectorID
    private let drops: [(connector: FileDropConnector, rename: @Sendable (String) -> String)]

    /// Reads the files of those settings again.
    init(_ settings: FileDropSettings, now: @escaping @Sendable () -> Instant) {
        id = settings.id
        var here = settings
        (here.after, here.quiet) = (.keep, .zero)
        var drops: [(FileDropConnector, @Sendable (String) -> String)] = [
            (FileDropConnector(here, now: now), { $0 })
        ]
        if case .archive(let folder) = settings.after {
            let cut =
                settings.path.lastIndex(of: "/").map { settings.path.index(after: $0) } ?? settings.path.startIndex
            let (parent, pattern) = (String(settings.path[..<cut]), String(settings.path[cut...]))
            let archive = folder.map { $0.hasSuffix("/") ? $0 : $0 + "/" } ?? parent + "archive/"
            var away = here
            away.path = archive + pattern
            drops.append(
                (
                    FileDropConnector(away, now: now),
                    { name in
                        let base = name.lastIndex(of: "/").map { String(name[name.index(after: $0)...]) } ?? name
                        return parent + base
                    }
                ))
        }
        self.drops = drops
    }

    func pull(
        from cursor: Value?, _ take: (PullPage) async throws -> PullDirective
    ) async throws -> PullEnd {
        for (connector, rename) in drops {
            do {
                _ = try await connector.pull(from: nil) { page in
                    guard let batch = page.batch else { return .goOn }
                    return try await take(
                        PullPage(batch: batch.named(rename(batch.source)), cursor: page.cursor))
                }
            } catch ConnectorError.unreachable {
                continue  // There is no archive yet, or no drop folder any more.
            }
        }
        return PullEnd(through: .cutShort)
    }
}

extension ReadingBatch {
    /// The same readings of another source.
    fileprivate func named(_ source: String) -> ReadingBatch {
        var batch = ReadingBatch(source: source, names: names)
        (batch.bytes, batch.spans, batch.kinds, batch.positions) = (bytes, spans, kinds, positions)
        (batch.lines, batch.instants, batch.resets) = (lines, instants, resets)
        (batch.continuesUnbroken, batch.numbering) = (continuesUnbroken, numbering)
        return batch
    }
}
