# A Homebrew formula. VERSION and the four sums come from a release's voiden-VERSION-TARGET.tar.gz.sha256 files.
class Voiden < Formula
  desc "Runs WebSocket sessions out of Markdown and writes their transcripts back"
  homepage "https://github.com/OWNER/voiden"
  version "VERSION"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "https://github.com/OWNER/voiden/releases/download/vVERSION/voiden-VERSION-aarch64-apple-darwin.tar.gz"
      sha256 "SHA256_AARCH64_APPLE_DARWIN"
    end
    on_intel do
      url "https://github.com/OWNER/voiden/releases/download/vVERSION/voiden-VERSION-x86_64-apple-darwin.tar.gz"
      sha256 "SHA256_X86_64_APPLE_DARWIN"
    end
  end

  on_linux do
    on_arm do
      url "https://github.com/OWNER/voiden/releases/download/vVERSION/voiden-VERSION-aarch64-unknown-linux-musl.tar.gz"
      sha256 "SHA256_AARCH64_UNKNOWN_LINUX_MUSL"
    end
    on_intel do
      url "https://github.com/OWNER/voiden/releases/download/vVERSION/voiden-VERSION-x86_64-unknown-linux-musl.tar.gz"
      sha256 "SHA256_X86_64_UNKNOWN_LINUX_MUSL"
    end
  end

  def install
    bin.install "voiden"
    man1.install "voiden.1"
    bash_completion.install "completions/voiden.bash" => "voiden"
    zsh_completion.install "completions/_voiden"
    fish_completion.install "completions/voiden.fish"
  end

  test do
    system bin/"voiden", "new", "hello.md"
    system bin/"voiden", "run", "hello.md"
    assert_match version.to_s, shell_output("#{bin}/voiden --version")
  end
end
