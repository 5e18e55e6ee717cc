import CFFmpeg

/// FFmpeg's own messages on standard error: off unless asked for, since each failure is thrown.
public enum MediaLog {
  public static func setLevel(verbose: Bool) {
    quieten()
    av_log_set_level(verbose ? AV_LOG_INFO : AV_LOG_QUIET)
  }

  /// Silences FFmpeg once, before its first use.
  static func quieten() { _ = isQuiet }

  private static let isQuiet: Bool = {
    av_log_set_level(AV_LOG_QUIET)
    return true
  }()
}
