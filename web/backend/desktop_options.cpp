#include "web/backend/desktop_options.h"

#include <cstdio>
#include <cstdlib>

#include "web/app/link.h"

namespace web::backend {

const char* const kDesktopUsage =
    "usage: orrery-desktop [SCENARIO] [--seed N] [--step N] [--link TEXT] [--size WxH] [--scale "
    "X]\n"
    "                      [--theme dark|light] [--frames N] [--screenshot FILE.png|FILE.ppm]\n"
    "                      [--mirror FILE.json]\n";

namespace {

constexpr uint64_t kFramesForFiles = 6;

bool read_size(const std::string& value, DesktopOptions& options) {
  const size_t cross = value.find('x');
  if (cross == std::string::npos) return false;
  const auto width = whole_number(value.substr(0, cross));
  const auto height = whole_number(value.substr(cross + 1));
  constexpr uint64_t kLeast = 320;
  constexpr uint64_t kMost = 8192;
  if (!width || !height || *width < kLeast || *height < kLeast || *width > kMost ||
      *height > kMost) {
    return false;
  }
  options.width = static_cast<int>(*width);
  options.height = static_cast<int>(*height);
  return true;
}

bool read_scale(const std::string& value, DesktopOptions& options) {
  char* end = nullptr;
  const float scale = std::strtof(value.c_str(), &end);
  if (end != value.c_str() + value.size() || !(scale >= 0.5F && scale <= 4)) return false;
  options.scale = scale;
  return true;
}

/// One `--name value`. False: `value` is not what it should be; `expected` says what is.
bool apply(const std::string& name, const std::string& value, DesktopOptions& options, Link& link,
           std::string& expected) {
  const auto number = [&](uint64_t& out) {
    const auto read = whole_number(value);
    expected = "a whole number";
    if (read) out = *read;
    return read.has_value();
  };
  if (name == "--seed") return number(link.seed);
  if (name == "--step") return number(link.step);
  if (name == "--frames") return number(options.frames);
  if (name == "--size") {
    expected = "a size such as 1280x800, of at least 320x320";
    return read_size(value, options);
  }
  if (name == "--scale") {
    expected = "a number from 0.5 to 4";
    return read_scale(value, options);
  }
  if (name == "--theme") {
    expected = "dark or light";
    options.dark = value == "dark";
    return value == "dark" || value == "light";
  }
  if (name == "--link") options.link = value;
  if (name == "--screenshot") options.screenshot = value;
  if (name == "--mirror") options.mirror = value;
  expected = "text";
  return !value.empty();
}

bool takes_value(const std::string& name) {
  for (const char* known : {"--seed", "--step", "--frames", "--size", "--scale", "--theme",
                            "--link", "--screenshot", "--mirror"}) {
    if (name == known) return true;
  }
  return false;
}

}  // namespace

std::optional<DesktopOptions> read_desktop_options(int count, char** words, std::string& problem) {
  DesktopOptions options;
  Link link;
  for (int i = 1; i < count; ++i) {
    std::string name = words[i];
    if (!name.starts_with("--")) {
      if (!link.scenario.empty()) {
        problem = "two scenarios were given: " + link.scenario + " and " + name;
        return {};
      }
      link.scenario = name;
      continue;
    }
    std::string value;
    const size_t equals = name.find('=');
    const bool inline_value = equals != std::string::npos;
    if (inline_value) {
      value = name.substr(equals + 1);
      name.resize(equals);
    }
    if (!takes_value(name)) {
      problem = "there is no option " + name;
      return {};
    }
    if (!inline_value) {
      if (i + 1 == count) {
        problem = name + " needs a value";
        return {};
      }
      value = words[++i];
    }
    std::string expected;
    if (!apply(name, value, options, link, expected)) {
      problem = name + " takes " + expected + ", not \"" + value + "\"";
      return {};
    }
  }
  if (options.link.empty() && !link.scenario.empty()) options.link = link_text(link);
  if (options.link.empty() && (link.seed != 1 || link.step != 0)) {
    problem = "--seed and --step need a scenario";
    return {};
  }
  const bool writes = !options.screenshot.empty() || !options.mirror.empty();
  if (writes && options.frames == 0) options.frames = kFramesForFiles;
  return options;
}

}  // namespace web::backend
