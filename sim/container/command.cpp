#include "sim/container/command.h"

#include "sim/container/container.h"
#include "sim/container/path.h"

namespace sim::container {
namespace {

using engine::errorf;

constexpr std::string_view kMagic = "#!";
constexpr std::string_view kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// "orrery/hello-http:1" is the process hello-http.
std::string process_name(std::string_view program) {
  const size_t slash = program.rfind('/');
  if (slash != std::string_view::npos) program.remove_prefix(slash + 1);
  return std::string(program.substr(0, program.find(':')));
}

Command command_at(const UnionFs& files, std::string_view path,
                   const std::vector<std::string>& words) {
  Command out;
  constexpr int64_t kHeadBytes = 128;
  const FileRead head = files.read(path, 0, kHeadBytes);
  if (head.error) {
    out.code = kCommandNotFound;
    out.error = errorf("exec: \"", words[0], "\": ", head.error);
    return out;
  }
  std::string_view line = head.bytes;
  line = line.substr(0, line.find('\n'));
  const auto find = catalogue().find;
  if (line.starts_with(kMagic) && find != nullptr) {
    line.remove_prefix(kMagic.size());
    const bool wants_its_name = line.ends_with(kWantsItsName);
    if (wants_its_name) line.remove_suffix(kWantsItsName.size());
    out.main = find(line);
    out.name = process_name(wants_its_name ? std::string_view(words[0]) : line);
    if (wants_its_name) out.args.emplace_back(base_name(words[0]));
    out.args.insert(out.args.end(), words.begin() + 1, words.end());
  }
  if (out.main == nullptr) {
    out.code = kCannotStart;
    out.error = errorf("exec ", words[0], ": exec format error");
  }
  return out;
}

}  // namespace

std::string executable_text(std::string_view program) {
  std::string text(kMagic);
  text += program;
  text += '\n';
  return text;
}

std::string_view value_of(const Environment& env, std::string_view key) {
  for (auto at = env.rbegin(); at != env.rend(); ++at) {
    if (at->first == key) return at->second;
  }
  return {};
}

std::string command_text(const engine::Process& process) {
  std::string out;
  const std::vector<std::string>& args = process.args();
  // A program that wants its name has it among its arguments.
  if (args.empty() || args[0] != process.name()) out = process.name();
  for (const std::string& arg : args) {
    if (!out.empty()) out += ' ';
    out += arg;
  }
  return out;
}

Command find_command(Container& container, const std::vector<std::string>& words,
                     const Environment& env) {
  const std::string& asked = words[0];
  if (asked.find('/') != std::string::npos) {
    const Container::Seen seen = container.files_at(asked);
    return command_at(*seen.files, seen.inside, words);
  }
  std::string_view path = value_of(env, "PATH");
  if (path.empty()) path = kDefaultPath;
  while (!path.empty()) {
    const size_t colon = path.find(':');
    const std::string candidate = join_path(path.substr(0, colon), asked);
    path.remove_prefix(colon == std::string_view::npos ? path.size() : colon + 1);
    const Container::Seen seen = container.files_at(candidate);
    if (!seen.files->stat(seen.inside).error) {
      return command_at(*seen.files, seen.inside, words);
    }
  }
  Command out;
  out.code = kCommandNotFound;
  out.error = errorf("exec: \"", asked, "\": executable file not found in $PATH");
  return out;
}

}  // namespace sim::container
