#include "web/app/link.h"

#include <charconv>
#include <cstdio>

#include "engine/task/run.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/session.h"

namespace web {
namespace {

constexpr size_t kLinkBytesMax = 64 * 1024;
constexpr size_t kPartsMax = 2000;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '/' || c == ',' || c == ':';
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_plain(c)) {
      out += c;
    } else {
      char code[4];
      std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned char>(c));
      out += code;
    }
  }
  return out;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 &&
        digit(text[i + 2]) >= 0) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string quoted(std::string_view text) {
  constexpr size_t kShown = 60;
  std::string out = "\"";
  for (const char c : text.substr(0, kShown)) out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  return out + "\"";
}

std::optional<uint64_t> hex_number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return {};
  return value;
}

/// `STEP,NANOSECONDS,TEXT`
std::optional<engine::Input> read_input(std::string_view value, std::string& problem) {
  const size_t first = value.find(',');
  const size_t second = first == std::string_view::npos ? first : value.find(',', first + 1);
  if (second != std::string_view::npos) {
    const auto step = whole_number(value.substr(0, first));
    const auto at = whole_number(value.substr(first + 1, second - first - 1));
    std::string text(value.substr(second + 1));
    std::string expected;
    if (step && at && *at <= INT64_MAX) {
      if (!sim::scenario::understands_input(text, expected)) {
        problem = "the link's input " + quoted(text) + " is not understood: " + expected;
        return {};
      }
      return engine::Input{*step, engine::Instant{static_cast<int64_t>(*at)}, std::move(text)};
    }
  }
  problem = "the link's input " + quoted(value) + " is not of the form STEP,NANOSECONDS,TEXT";
  return {};
}

bool read_part(Link& link, std::string_view key, const std::string& value, std::string& problem) {
  const auto number = [&](uint64_t& out) {
    const auto read = whole_number(value);
    if (read) out = *read;
    if (!read)
      problem =
          "the link's " + std::string(key) + " should be a whole number, not " + quoted(value);
    return read.has_value();
  };
  if (key == "v") {
    if (value != "1")
      problem = "the link is of version " + quoted(value) + "; this program reads version 1";
    return value == "1";
  }
  if (key == "s") {
    link.scenario = value;
    return true;
  }
  if (key == "seed") return number(link.seed);
  if (key == "step") return number(link.step);
  if (key == "policy") {
    link.policy = engine::policy_named(value);
    if (!link.policy) {
      problem =
          "the link's policy should be " + sim::scenario::policy_names() + ", not " + quoted(value);
    }
    return link.policy.has_value();
  }
  if (key == "h") {
    link.identity = hex_number(value);
    if (!link.identity)
      problem = "the link's h should be a number in hexadecimal, not " + quoted(value);
    return link.identity.has_value();
  }
  if (key == "i") {
    auto input = read_input(value, problem);
    if (input) link.inputs.push_back(std::move(*input));
    return input.has_value();
  }
  if (key.starts_with("k.") && key.size() > 2) {
    link.knobs.emplace_back(key.substr(2), value);
    return true;
  }
  problem = "the link has a part " + quoted(key) + ", which this version does not know";
  return false;
}

}  // namespace

std::optional<uint64_t> whole_number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return {};
  return value;
}

std::string link_text(const Link& link) {
  std::string out = "v=1&s=" + escaped(link.scenario) + "&seed=" + std::to_string(link.seed);
  if (link.policy) out += "&policy=" + std::string(engine::policy_name(*link.policy));
  out += "&step=" + std::to_string(link.step);
  for (const auto& [name, value] : link.knobs) out += "&k." + escaped(name) + "=" + escaped(value);
  for (const engine::Input& input : link.inputs) {
    out += "&i=" + std::to_string(input.step) + "," + std::to_string(input.at.ns) + "," +
           escaped(input.text);
  }
  if (link.identity) {
    char hex[17];
    std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(*link.identity));
    out += "&h=" + std::string(hex);
  }
  return out;
}

std::optional<Link> read_link(std::string_view text, std::string& problem) {
  if (text.starts_with('#')) text.remove_prefix(1);
  if (text.size() > kLinkBytesMax) {
    problem = "the link is longer than 64 KiB";
    return {};
  }
  Link link;
  for (size_t parts = 0; !text.empty(); ++parts) {
    if (parts == kPartsMax) {
      problem = "the link has more than 2000 parts";
      return {};
    }
    const size_t end = text.find('&');
    const std::string_view part = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      problem = "the link's part " + quoted(part) + " is not of the form NAME=VALUE";
      return {};
    }
    const std::string key = unescaped(part.substr(0, equals));
    if (!read_part(link, key, unescaped(part.substr(equals + 1)), problem)) return {};
  }
  return link;
}

}  // namespace web
