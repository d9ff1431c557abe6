#include "sim/k8s/api/names.h"

#include <algorithm>

#include "engine/task/print.h"

namespace sim::k8s::names {
namespace {

// The patterns are only said; is_separated() decides.
constexpr std::string_view kLabelPattern = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
constexpr std::string_view kSubdomainPattern =
    "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";

constexpr size_t kLabelMost = 63;
constexpr size_t kSubdomainMost = 253;

bool is_any(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

// Whether `text` is `edge(inner*edge)?`, where inner characters are edges or among `separators`.
template <class Edge>
bool is_separated(std::string_view text, Edge edge, std::string_view separators) {
  if (text.empty() || !edge(text.front()) || !edge(text.back())) return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return edge(c) || is_any(c, separators); });
}

bool is_lower_or_digit(char c) {
  return is_lower(c) || is_digit(c);
}

bool is_label(std::string_view text) {
  return is_separated(text, is_lower_or_digit, "-");
}

template <class Part>
bool is_dotted(std::string_view text, Part is_part) {
  while (true) {
    const size_t dot = text.find('.');
    if (!is_part(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_search_label(std::string_view text) {
  if (!text.empty() && text.front() == '_') text.remove_prefix(1);
  return is_separated(text, is_lower_or_digit, "-_");
}

std::string at_most(size_t most) {
  std::string text = "must be no more than ";
  engine::append_operand(text, uint64_t{most});
  return text + " characters";
}

std::string qualified_text(std::string_view message) {
  constexpr std::string_view kExamples[] = {"MyName", "my.name", "123-abc"};
  return pattern_text(message, "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]", kExamples);
}

constexpr std::string_view kQualified =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character";

}  // namespace

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alphanumeric(char c) {
  return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z');
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  while (!text.empty() && is_any(text.front(), kSpace)) text.remove_prefix(1);
  while (!text.empty() && is_any(text.back(), kSpace)) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string pattern_text(std::string_view message, std::string_view pattern,
                         std::span<const std::string_view> examples) {
  std::string text(message);
  text += examples.empty() ? " (" : " (e.g. ";
  for (size_t i = 0; i < examples.size(); ++i) {
    if (i > 0) text += " or ";
    text += '\'';
    text += examples[i];
    text += "', ";
  }
  text += "regex used for validation is '";
  text += pattern;
  return text + "')";
}

std::string range_text(int64_t least, int64_t most) {
  std::string text = "must be between ";
  engine::append_operand(text, least);
  text += " and ";
  engine::append_operand(text, most);
  return text + ", inclusive";
}

std::string as_name(std::string_view prefix) {
  const size_t length = prefix.size();
  if (length < 2 || prefix.back() != '-') return std::string(prefix);
  return std::string(prefix.substr(0, length - 2)) + "a";
}

Problems dns_label(std::string_view text) {
  constexpr std::string_view kMessage =
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
      "must start and end with an alphanumeric character";
  constexpr std::string_view kExamples[] = {"my-name", "123-abc"};
  Problems out;
  if (text.size() > kLabelMost) out.push_back(at_most(kLabelMost));
  if (is_label(text)) return out;
  if (is_dotted(text, is_label)) {
    out.emplace_back("must not contain dots");
  } else {
    out.push_back(pattern_text(kMessage, kLabelPattern, kExamples));
  }
  return out;
}

std::string joined(const Problems& problems) {
  std::string out;
  for (const std::string& problem : problems) {
    if (!out.empty()) out += "; ";
    out += problem;
  }
  return out;
}

Problems dns_subdomain(std::string_view text) {
  constexpr std::string_view kMessage =
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
      "'.', and must start and end with an alphanumeric character";
  constexpr std::string_view kExamples[] = {"example.com"};
  Problems out;
  if (text.size() > kSubdomainMost) out.push_back(at_most(kSubdomainMost));
  if (!is_dotted(text, is_label)) {
    out.push_back(pattern_text(kMessage, kSubdomainPattern, kExamples));
  }
  return out;
}

Problems dns_search_domain(std::string_view text) {
  constexpr std::string_view kMessage =
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', "
      "'-' or '.', and must start and end with an alphanumeric character";
  constexpr std::string_view kPattern =
      "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*";
  constexpr std::string_view kExamples[] = {"example.com"};
  Problems out;
  if (text.size() > kSubdomainMost) out.push_back(at_most(kSubdomainMost));
  if (!is_dotted(text, is_search_label)) {
    out.push_back(pattern_text(kMessage, kPattern, kExamples));
  }
  return out;
}

Problems dns_1035_label(std::string_view text) {
  constexpr std::string_view kMessage =
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
      "alphabetic character, and end with an alphanumeric character";
  constexpr std::string_view kExamples[] = {"my-name", "abc-123"};
  Problems out;
  if (text.size() > kLabelMost) out.push_back(at_most(kLabelMost));
  if (!is_label(text) || !is_lower(text.front())) {
    out.push_back(pattern_text(kMessage, "[a-z]([-a-z0-9]*[a-z0-9])?", kExamples));
  }
  return out;
}

Problems wildcard_dns_subdomain(std::string_view text) {
  constexpr std::string_view kMessage =
      "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, "
      "which must consist of lower case alphanumeric characters, '-' or '.' and end with an "
      "alphanumeric character";
  constexpr std::string_view kExamples[] = {"*.example.com"};
  Problems out;
  if (text.size() > kSubdomainMost) out.push_back(at_most(kSubdomainMost));
  if (!text.starts_with("*.") || !is_dotted(text.substr(2), is_label)) {
    out.push_back(pattern_text(kMessage, "\\*\\." + std::string(kSubdomainPattern), kExamples));
  }
  return out;
}

Problems path_segment(std::string_view text) {
  if (text == ".") return {"may not be '.'"};
  if (text == "..") return {"may not be '..'"};
  Problems out;
  for (const char c : {'/', '%'}) {
    if (text.find(c) != std::string_view::npos) {
      out.push_back(std::string("may not contain '") + c + "'");
    }
  }
  return out;
}

Problems qualified_name(std::string_view text) {
  Problems out;
  const size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const std::string_view prefix = text.substr(0, slash);
    text.remove_prefix(slash + 1);
    if (text.find('/') != std::string_view::npos) {
      out.push_back("a qualified name " + qualified_text(kQualified) +
                    " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')");
      return out;
    }
    if (prefix.empty()) {
      out.emplace_back("prefix part must be non-empty");
    } else {
      for (const std::string& problem : dns_subdomain(prefix)) {
        out.push_back("prefix part " + problem);
      }
    }
  }
  if (text.empty()) {
    out.emplace_back("name part must be non-empty");
  } else if (text.size() > kLabelMost) {
    out.push_back("name part " + at_most(kLabelMost));
  }
  if (!is_separated(text, is_alphanumeric, "-_.")) {
    out.push_back("name part " + qualified_text(kQualified));
  }
  return out;
}

Problems label_value(std::string_view text) {
  constexpr std::string_view kMessage =
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
      "'.', and must start and end with an alphanumeric character";
  constexpr std::string_view kExamples[] = {"MyValue", "my_value", "12345"};
  Problems out;
  if (text.size() > kLabelMost) out.push_back(at_most(kLabelMost));
  if (!text.empty() && !is_separated(text, is_alphanumeric, "-_.")) {
    out.push_back(pattern_text(kMessage, "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?", kExamples));
  }
  return out;
}

Problems config_key(std::string_view text) {
  constexpr std::string_view kMessage =
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
  constexpr std::string_view kExamples[] = {"key.name", "KEY_NAME", "key-name"};
  Problems out;
  if (text.size() > kSubdomainMost) out.push_back(at_most(kSubdomainMost));
  const bool right = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alphanumeric(c) || is_any(c, "-_.");
  });
  if (!right) out.push_back(pattern_text(kMessage, "[-._a-zA-Z0-9]+", kExamples));
  if (text == ".") {
    out.emplace_back("must not be '.'");
  } else if (text == "..") {
    out.emplace_back("must not be '..'");
  } else if (text.starts_with("..")) {
    out.emplace_back("must not start with '..'");
  }
  return out;
}

Problems environment_name(std::string_view text) {
  if (text.empty()) return {"environment variable name must be non-empty"};
  const bool right = std::all_of(text.begin(), text.end(),
                                 [](char c) { return c >= ' ' && c <= '~' && c != '='; });
  if (right) return {};
  return {
      "a valid environment variable name must consist only of printable ASCII characters other "
      "than '='"};
}

Problems port_name(std::string_view text) {
  constexpr size_t kMost = 15;  // RFC 6335, section 5.1
  Problems out;
  if (text.size() > kMost) out.push_back(at_most(kMost));
  const bool right = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_lower_or_digit(c) || c == '-';
  });
  if (!right) {
    out.emplace_back("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (std::none_of(text.begin(), text.end(), is_lower)) {
    out.emplace_back("must contain at least one letter (a-z)");
  }
  if (text.find("--") != std::string_view::npos) {
    out.emplace_back("must not contain consecutive hyphens");
  }
  if (!text.empty() && (text.front() == '-' || text.back() == '-')) {
    out.emplace_back("must not begin or end with a hyphen");
  }
  return out;
}

Problems http_header_name(std::string_view text) {
  constexpr std::string_view kMessage =
      "a valid HTTP header must consist of alphanumeric characters or '-'";
  constexpr std::string_view kExamples[] = {"X-Header-Name"};
  const bool right = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alphanumeric(c) || c == '-';
  });
  if (right) return {};
  return {pattern_text(kMessage, "[-A-Za-z0-9]+", kExamples)};
}

Problems percentage(std::string_view text) {
  constexpr std::string_view kMessage =
      "a valid percent string must be a numeric string followed by an ending '%'";
  constexpr std::string_view kExamples[] = {"1%", "93%"};
  const bool right =
      text.size() > 1 && text.back() == '%' && std::all_of(text.begin(), text.end() - 1, is_digit);
  if (right) return {};
  return {pattern_text(kMessage, "[0-9]+%", kExamples)};
}

}  // namespace sim::k8s::names
