// What the verbs share: opening scenarios and files, and reading option values.

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "sim/cli/cli.h"
#include "sim/scenario/gallery.h"
#include "sim/scenario/units.h"
#include "sim/scenario/wording.h"

namespace sim::cli {
namespace {

bool is_file_name(const std::string& name) {
  return name.ends_with(".yaml") || name.ends_with(".yml") || name.starts_with("./") ||
         name.starts_with("../") || name.starts_with("/");
}

void write_to(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

}  // namespace

Opened open_scenario(const std::string& name_or_file) {
  Opened opened;
  std::string file = name_or_file;
  if (is_file_name(name_or_file)) {
    opened.text = read_file(name_or_file);
  } else if (const auto entry = scenario::find_in_gallery(name_or_file)) {
    file = entry->file;
    opened.text = entry->text;
  } else {
    std::vector<std::string_view> names;
    for (const scenario::GalleryEntry& known : scenario::gallery()) names.push_back(known.name);
    throw UsageError(fmt::format(
        "there is no scenario {}{}; `orrery list` shows them all, and a file ends in .yaml",
        scenario::in_quotes(name_or_file), scenario::did_you_mean(name_or_file, names)));
  }
  scenario::Parsed parsed = scenario::parse(file, opened.text);
  std::vector<scenario::Problem> problems;
  if (parsed) {
    problems = scenario::problems_of(parsed.value());
  } else {
    problems = parsed.error();
  }
  if (!problems.empty()) {
    std::string text = scenario::format_problems(problems);
    text.pop_back();
    throw UsageError(text);
  }
  opened.scenario = std::move(parsed.value());
  if (!is_file_name(name_or_file)) opened.scenario.name = name_or_file;
  return opened;
}

uint64_t read_whole_number(std::string_view option, std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw UsageError(fmt::format("{}: expected a whole number from 0 to {}, found {}", option,
                                 UINT64_MAX, scenario::in_quotes(text)));
  }
  return value;
}

SeedRange read_seeds(std::string_view option, std::string_view text) {
  const size_t dots = text.find("..");
  if (dots == std::string_view::npos) {
    const uint64_t only = read_whole_number(option, text);
    return {only, only};
  }
  const SeedRange range{read_whole_number(option, text.substr(0, dots)),
                        read_whole_number(option, text.substr(dots + 2))};
  if (range.first > range.last || range.last == UINT64_MAX) {
    throw UsageError(fmt::format("{}: expected A..B with A not above B, found {}", option,
                                 scenario::in_quotes(text)));
  }
  return range;
}

int64_t read_duration_ns(std::string_view option, std::string_view text) {
  const auto parsed = scenario::parse_duration(text);
  const auto refuse = [&](std::string_view why) -> UsageError {
    return UsageError(fmt::format("{}: expected a duration such as 10s or 1m30s, found {}: {}",
                                  option, scenario::in_quotes(text), why));
  };
  if (!parsed) throw refuse(parsed.error());
  if (parsed.value() < 0) throw refuse("it is negative");
  return parsed.value();
}

engine::Policy read_policy(std::string_view option, std::string_view text) {
  const auto policy = engine::policy_named(text);
  if (!policy) {
    throw UsageError(fmt::format("{}: expected {}, found {}", option, scenario::policy_names(),
                                 scenario::in_quotes(text)));
  }
  return *policy;
}

void check_folder(std::string_view option, const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return;
  throw UsageError(fmt::format("{}: expected a folder that exists, found {}", option,
                               scenario::in_quotes(path)));
}

std::string run_file_name(const scenario::RunSpec& spec, const engine::Run& run) {
  std::string name = spec.scenario.name;
  std::replace(name.begin(), name.end(), '/', '-');
  return fmt::format("{}-seed-{}-{:016x}.run.json", name, spec.seed, run.world().state().hash());
}

std::string read_file(const std::string& path) {
  constexpr size_t kMaxBytes = size_t{64} << 20;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    throw UsageError(fmt::format("{}: this is a folder, expected a file", path));
  }
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) {
    throw UsageError(fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
  }
  std::string text;
  char buffer[1 << 16];
  size_t bytes = 0;
  while ((bytes = std::fread(buffer, 1, sizeof buffer, file)) > 0 && text.size() <= kMaxBytes) {
    text.append(buffer, bytes);
  }
  std::fclose(file);
  if (text.size() > kMaxBytes) {
    throw UsageError(fmt::format("{}: longer than {} MiB", path, kMaxBytes >> 20));
  }
  return text;
}

void write_file(const std::string& path, std::string_view text) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  const bool written =
      file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (file == nullptr || std::fclose(file) != 0 || !written) {
    throw UsageError(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
  }
}

void print_out(std::string_view text) {
  write_to(stdout, text);
}
void print_error(std::string_view text) {
  write_to(stderr, text);
}

}  // namespace sim::cli
