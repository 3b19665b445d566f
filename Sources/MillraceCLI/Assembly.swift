import Glibc
import JSONata
import MillraceConnectors
import MillraceCore
import MillraceEndpoints
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceTransport
import MillraceValues
import MillraceXML
import MillraceYAML

/// Picks the concrete types: the one file that knows store, connectors, endpoints and the real clock.
enum Assembly {
    /// The machine's clock; with MILLRACE_NOW a clock that stood at that instant when the program began, for
    /// rehearsals.
    static func clock() -> Clock {
        let begun = ContinuousClock.now
        let rehearsed = SiteFolder.environment("MILLRACE_NOW").flatMap { Instant(iso8601: $0) }
        return Clock(
            now: {
                if let rehearsed { return rehearsed + (ContinuousClock.now - begun) }
                var time = timespec()
                clock_gettime(CLOCK_REALTIME, &time)
                return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
            },
            sleep: { try await Task.sleep(for: $0) }, random: { Double.random(in: 0..<1) })
    }

    /// The world of an expression that a person tries: the machine's clock and chance.
    static func expressionEnvironment() -> JSONataEnvironment {
        let clock = clock()
        let begun = ContinuousClock.now
        return JSONataEnvironment(
            now: { clock.now().microseconds / 1_000 }, random: { clock.random() },
            elapsed: { ContinuousClock.now - begun })
    }

    /// Compiles the schemas that documents are held to; each once in a process.
    static let schemas: any DocumentSchemas = XSDSchemas()

    /// The store, never closed by us: closing would checkpoint and sync it once more, in an idle run too.
    static func store(_ path: String) throws(StoreError) -> SQLiteStore {
        let store = try SQLiteStore(path: path)
        _ = Unmanaged.passRetained(store)
        return store
    }

    /// The connectors of the site.
    static func connectors(
        _ settings: [(id: ConnectorID, settings: ConnectorSettings.Decoded)], transport: any HTTPTransport, clock: Clock
    ) -> [any Connector] {
        settings.map { _, settings in
            switch settings {
            case .files(let files): FileDropConnector(files, now: clock.now)
            case .agent(let agent): MTConnectConnector(agent, transport: transport, now: clock.now)
            }
        }
    }

    /// The connectors as they read their sources once more, from the beginning and putting nothing away.
    static func rereading(
        _ settings: [(id: ConnectorID, settings: ConnectorSettings.Decoded)], transport: any HTTPTransport, clock: Clock
    ) -> [any Connector] {
        settings.map { _, settings in
            switch settings {
            case .files(let files): return RereadConnector(files, now: clock.now)
            case .agent(var agent):
                (agent.start, agent.after) = (.oldest, .keep)
                return MTConnectConnector(agent, transport: transport, now: clock.now)
            }
        }
    }

    /// The endpoints of the site, and why those are locked whose secret cannot be read: they encode documents, and nothing may be sent
    /// to them.
    ///
    /// So a secret that is gone stops its own endpoint alone, and no source is left unread for it.
    static func endpoints(
        _ definitions: [EndpointDefinition], folder: String, transport: any HTTPTransport, clock: Clock
    ) throws -> (endpoints: [EndpointID: any Endpoint], locked: [EndpointID: String]) {
        var (endpoints, locked) = ([EndpointID: any Endpoint](), [EndpointID: String]())
        for definition in definitions {
            do {
                endpoints[definition.id] = try EndpointSettings(folder: folder).endpoint(
                    definition, transport: transport, clock: clock)
            } catch let failure as CommandFailure where failure.exit == .credentialRefused {
                locked[definition.id] = failure.sentence
                do {
                    endpoints[definition.id] = try EndpointSettings(folder: folder, isLocked: true).endpoint(
                        definition, transport: transport, clock: clock)
                } catch {
                    // Its address is the secret: without it there is no endpoint.
                    throw failure
                }
            }
        }
        return (endpoints, locked)
    }
}

extension Session {
    /// Opens the site for one command.
    ///
    /// - Throws: `CommandFailure` with exit 10 and all faults of all files, or with the store's code.
    static func open(
        _ options: GlobalOptions, clock: Clock = Assembly.clock(), output: Output? = nil
    ) throws -> Session {
        let folder = try SiteFolder(options)
        let compiled = CompiledSite(folder)
        guard let site = compiled.site else {
            var failure = CommandFailure(
                .invalidConfiguration,
                "the site in '\(folder.path)' has faults; nothing was done, mend them and try again")
            failure.details = compiled.diagnostics.filter { $0.severity == .error }.map(\.description)
            throw failure
        }
        let definition = site.definition
        let calendar: ShiftCalendar
        do { calendar = try ShiftCalendar(definition.calendar) } catch {
            throw CommandFailure(.invalidConfiguration, "millrace.yaml: \(error)")
        }
        let plant = Plant(
            site: definition.id, liveSince: definition.liveSince, calendar: calendar,
            limits: .init(
                lateness: definition.limits.lateness, ahead: definition.limits.ahead,
                silence: definition.limits.silence,
                slice: definition.limits.slice),
            readingMappings: site.readings, documentMappings: site.documents,
            endpoints: definition.endpoints.map(\.contract))
        let path = SiteFolder.resolve(definition.store, in: folder.path)
        try makeFolder(of: path)
        let store = try Assembly.store(path)
        let context = definition.mappingContext(schemas: Assembly.schemas)
        return Session(
            options: options, output: output ?? Output(options), folder: folder.path, definition: definition,
            plant: try plant.withTakenOut(store) { CompiledSite.document($0, context) },
            texts: compiled.texts, connectorSettings: compiled.connectors, store: store,
            clock: clock, who: userName())
    }

    /// Makes the store's folder, for the owner's eyes only.
    private static func makeFolder(of path: String) throws {
        guard let slash = path.lastIndex(of: "/") else { return }
        let folder = String(path[..<slash])
        if access(folder, F_OK) == 0 || mkdir(folder, 0o700) == 0 || errno == EEXIST { return }
        throw CommandFailure(.storageFull, "'\(folder)' cannot be made: \(String(cString: strerror(errno)))")
    }

    private static func userName() -> String {
        SiteFolder.environment("SUDO_USER") ?? SiteFolder.environment("USER") ?? "uid \(getuid())"
    }

    /// The connectors of this site, reading from the beginning.
    func rereading() -> [any Connector] {
        Assembly.rereading(connectorSettings, transport: CurlTransport(), clock: clock)
    }

    /// The endpoints of this site, and those whose secret cannot be read.
    func endpoints(
        _ transport: any HTTPTransport = CurlTransport()
    ) throws -> (endpoints: [EndpointID: any Endpoint], locked: [EndpointID: String]) {
        try Assembly.endpoints(definition.endpoints, folder: folder, transport: transport, clock: clock)
    }

    /// Whether there is room on the disk to pull more.
    ///
    /// The store grows where it lies, which need not be the site's disk.
    var hasRoom: @Sendable () -> Bool {
        let (reserve, disk) = (definition.limits.diskReserveBytes, StoreCare(session: self).folder)
        return { (DiskSpace(disk)?.freeBytes ?? .max) > reserve }
    }

    /// The world of a command over this site.
    ///
    /// - Throws: `CommandFailure` with exit 12 where a secret cannot be read, but for `mayBeLocked`: then its endpoint is sent nothing.
    func world(identityTrouble: String?, mayBeLocked: Bool = false) throws -> RunWorld {
        let context = definition.mappingContext(schemas: Assembly.schemas)
        let transport = CurlTransport()
        let (endpoints, locked) = try endpoints(transport)
        if !mayBeLocked, let first = locked.min(by: { $0.key < $1.key }) {
            throw CommandFailure(.credentialRefused, first.value)
        }
        var world = RunWorld(
            store: store,
            connectors: Assembly.connectors(connectorSettings, transport: transport, clock: clock),
            endpoints: endpoints, clock: clock, texts: texts,
            compileReading: { CompiledSite.reading($0, context) },
            compileDocument: { CompiledSite.document($0, context) },
            hasRoom: hasRoom, identityTrouble: identityTrouble)
        world.locked = locked
        return world
    }
}
