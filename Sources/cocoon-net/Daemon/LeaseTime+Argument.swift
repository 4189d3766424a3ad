import ArgumentParser
import ClientSettings

extension LeaseTime: ExpressibleByArgument {}
