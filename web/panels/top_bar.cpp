// web/panels/top_bar.cpp: which run is shown, and the controls that belong to the whole page.

#include "web/app/commands.h"
#include "web/app/layout.h"
#include "web/panels/panels.h"

namespace web::panels {
namespace {

constexpr ImGuiWindowFlags kBarFlags =
    ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoDocking |
    ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBringToFrontOnFocus |
    ImGuiWindowFlags_NoScrollWithMouse;
constexpr float kNarrow = 900.0F;
constexpr float kControlTop = 11.0F;
constexpr float kIconTop = 9.0F;

void logo(bool with_name) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  ui::draw_logo(list, {at.x + 14, at.y + 15}, 26);
  if (with_name) {
    const ui::Letters letters(ui::Face::kStrong, 17, ui::palette().text);
    list.AddText(ImGui::GetFont(), 17, {at.x + 36, at.y + 5}, ui::palette().text, "Orrery");
  }
  ImGui::Dummy({with_name ? 104.0F : 34.0F, 30});
  ui::mirror().add({.id = "title", .role = ui::Role::kHeading, .label = "Orrery"});
}

void scenario_choice(App& app, float width) {
  std::vector<std::string> titles;
  size_t selected = 0;
  for (const GalleryItem& item : app.gallery()) {
    if (item.name == app.session().spec().scenario.name ||
        item.name == app.session().link().scenario) {
      selected = titles.size();
    }
    titles.push_back(item.title);
  }
  if (ui::choice("scenario", "Scenario", titles, selected, width)) {
    app.later([name = app.gallery()[selected].name](App& a) {
      Link link;
      link.scenario = name;
      a.open(link);
    });
  }
}

void seed_field(App& app) {
  std::string words = std::to_string(app.session().spec().seed);
  if (ui::text_field("seed", "Seed", words, 84)) {
    app.later([words](App& a) {
      const auto seed = whole_number(words);
      if (!seed) {
        a.say("A seed is a whole number, such as 7.", true);
        return;
      }
      Link link = a.session().link();
      link.seed = *seed;
      link.step = 0;
      link.inputs.clear();
      a.open(link);
    });
  }
}

void label(const char* words) {
  ImGui::AlignTextToFramePadding();
  const ui::Letters letters(ui::Face::kBody, ui::kSmallSize, ui::palette().muted);
  ImGui::SetCursorPosY(ImGui::GetCursorPosY() + 2);
  ImGui::TextUnformatted(words);
}

}  // namespace

void top_bar(App& app) {
  const float width = ImGui::GetMainViewport()->Size.x;
  const bool narrow = width < kNarrow;
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize({width, kTopBarHeight});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(16, 11));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 0);
  ImGui::PushStyleColor(ImGuiCol_WindowBg, ui::palette().ground);
  ImGui::Begin("##top", nullptr, kBarFlags);
  {
    const ui::Region region("top", "Scenario and settings");
    logo(!narrow);
    ImGui::SameLine(0, 8);
    scenario_choice(app, narrow ? 210.0F : 270.0F);
    ImGui::SameLine(0, narrow ? 10.0F : 18.0F);
    label("Seed");
    ImGui::SameLine(0, 8);
    seed_field(app);
    ImGui::SameLine(0, 4);
    ImGui::SetCursorPosY(kIconTop);
    command_button(app, "next-seed");
    const bool dark = app.dark();
    const float buttons = narrow ? 3 * 38.0F : 128.0F + 2 * 38.0F;
    ImGui::SameLine(width - 16 - buttons);
    ImGui::SetCursorPosY(narrow ? kIconTop : kControlTop);
    if (ui::button("palette", {.label = "Commands",
                               .icon = ui::Icon::kSearch,
                               .tooltip = "Search all commands",
                               .shortcut = "Ctrl+K",
                               .icon_only = narrow,
                               .quiet = narrow,
                               .width = narrow ? 34.0F : 122.0F,
                               .height = narrow ? 34.0F : ui::kControlHeight})) {
      app.later([](App& a) { a.palette_open = a.palette_opening = true; });
    }
    ImGui::SameLine(0, 4);
    ImGui::SetCursorPosY(kIconTop);
    command_button(app, "share");
    ImGui::SameLine(0, 4);
    ImGui::SetCursorPosY(kIconTop);
    if (ui::button("theme", {.label = dark ? "Light theme" : "Dark theme",
                             .icon = dark ? ui::Icon::kSun : ui::Icon::kMoon,
                             .shortcut = "T",
                             .icon_only = true,
                             .quiet = true,
                             .width = 34,
                             .height = 34})) {
      app.later(command("theme").run);
    }
  }
  ImGui::End();
  ImGui::PopStyleColor();
  ImGui::PopStyleVar(2);
}

}  // namespace web::panels
