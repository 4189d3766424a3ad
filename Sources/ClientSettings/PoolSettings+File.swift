import LinuxSystem
import Node

extension PoolSettings {
    /// The most bytes that a file of options may have.
    private static let fileByteLimit = 1 << 20

    /// Reads `options`, or the file that it names.
    static func options(
        of pool: Pool, at place: Place, stateDirectory: String
    ) throws(BadInput) -> OptionSettings {
        guard let value = pool.options else { return OptionSettings(nothingAt: place) }
        var setting = Setting(place: place, value: value)
        if case .string(let name) = value {
            setting = try fileSetting(named: name, by: setting, stateDirectory: stateDirectory)
        }
        return try OptionSettings(setting, in: pool, isReservation: false)
    }

    /// The content of the file that `options` names.
    private static func fileSetting(
        named name: String, by setting: Setting, stateDirectory: String
    ) throws(BadInput) -> Setting {
        guard !name.isEmpty else { throw setting.fault("is empty", "name a file, or write an object") }
        let path = name.hasPrefix("/") ? name : stateDirectory + "/" + name
        do {
            guard let bytes = try Files.read(path, limit: fileByteLimit) else {
                throw setting.fault("names a file that does not exist: \(path)", "create the file, or correct its name")
            }
            return Setting(place: Place(file: path, path: ""), value: try JSON(parsing: bytes))
        } catch let error as SystemError {
            throw setting.fault("names a file that cannot be read: \(error.reason)", error.fileRemedy)
        } catch let error as JSONError {
            throw BadInput(
                file: path, "line \(error.line), column \(error.column):", nil, error.problem, remedy: "correct it")
        } catch let error as BadInput {
            throw error
        } catch {
            throw setting.fault("names a file that cannot be read: \(error)")
        }
    }
}
