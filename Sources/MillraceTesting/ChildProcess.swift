package import Glibc

/// A program that a test starts, on its own or to its end.
///
/// Foundation's `Process` now and then reads beyond its memory where several tests start programs at once, and lets the child inherit
/// the blocked signals of a worker thread; `posix_spawn` does neither.
package struct ChildProcess: Sendable {
    /// How it ended.
    package struct Ending: Sendable {
        /// Its exit code; nil where a signal ended it.
        package var code: Int32?
        /// What it wrote to stdout.
        package var output: String
        /// What it wrote to stderr.
        package var errors: String
    }

    /// Its number.
    package let id: pid_t

    /// Starts a program; its outputs go to these files, or nowhere.
    ///
    /// - Shape: `environment` is added to this process's own, less the variables of `without`; `input` is a file to read from.
    package init(
        _ path: String, _ arguments: [String], environment: [String: String] = [:], without: Set<String> = [],
        in folder: String? = nil, input: String = "/dev/null", output: String = "/dev/null",
        errors: String = "/dev/null"
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        // `env -C` becomes the program in its folder, under the same number.
        let command = folder.map { ["/usr/bin/env", "-C", $0, path] + arguments } ?? [path] + arguments
        var words = command.map { strdup($0) } + [nil]
        var variables = Self.variables(adding: environment, without: without).map { strdup($0) } + [nil]
        defer { (words + variables).forEach { free($0) } }
        var started = pid_t()
        let trouble = posix_spawn(&started, command[0], &actions, &attributes, &words, &variables)
        guard trouble == 0 else { throw ServerFault(errno: trouble) }
        id = started
    }

    private static func variables(adding more: [String: String], without: Set<String>) -> [String] {
        var all: [String] = []
        var place = environ
        while let variable = place.pointee {
            let text = String(cString: variable)
            let name = String(text.prefix { $0 != "=" })
            if more[name] == nil, !without.contains(name) { all.append(text) }
            place += 1
        }
        return all + more.map { "\($0.key)=\($0.value)" }
    }

    /// Sends it a signal.
    package func signal(_ number: Int32) { kill(id, number) }

    /// Waits for its end; its exit code, nil where a signal ended it.
    @discardableResult
    package func wait() -> Int32? {
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : nil
    }

    /// Runs a program to its end.
    package static func run(
        _ path: String, _ arguments: [String], environment: [String: String] = [:], in folder: String? = nil,
        input: String = "/dev/null"
    ) throws -> Ending {
        let files = try TemporaryFolder()
        let child = try ChildProcess(
            path, arguments, environment: environment, in: folder, input: input, output: files.file("output"),
            errors: files.file("errors"))
        let code = child.wait()
        return Ending(code: code, output: try text(files.file("output")), errors: try text(files.file("errors")))
    }

    private static func text(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else { throw ServerFault(errno: errno) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece.prefix(count) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
