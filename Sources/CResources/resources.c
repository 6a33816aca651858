// The compiler reads the files itself (C23's #embed), and knows from then on that this depends on them.
#include "CResources.h"

static const unsigned char api_mustache[] = {
#embed "../../site/templates/api.mustache"
};
static const unsigned char browse_mustache[] = {
#embed "../../site/templates/browse.mustache"
};
static const unsigned char builds_mustache[] = {
#embed "../../site/templates/builds.mustache"
};
static const unsigned char compose_mustache[] = {
#embed "../../site/templates/compose.mustache"
};
static const unsigned char coverage_mustache[] = {
#embed "../../site/templates/coverage.mustache"
};
static const unsigned char deprecations_mustache[] = {
#embed "../../site/templates/deprecations.mustache"
};
static const unsigned char home_mustache[] = {
#embed "../../site/templates/home.mustache"
};
static const unsigned char layer_mustache[] = {
#embed "../../site/templates/layer.mustache"
};
static const unsigned char missing_mustache[] = {
#embed "../../site/templates/missing.mustache"
};
static const unsigned char month_mustache[] = {
#embed "../../site/templates/month.mustache"
};
static const unsigned char page_mustache[] = {
#embed "../../site/templates/page.mustache"
};
static const unsigned char pickers_mustache[] = {
#embed "../../site/templates/pickers.mustache"
};
static const unsigned char row_mustache[] = {
#embed "../../site/templates/row.mustache"
};
static const unsigned char status_mustache[] = {
#embed "../../site/templates/status.mustache"
};
static const unsigned char builds_js[] = {
#embed "../../site/assets/builds.js"
};
static const unsigned char compose_js[] = {
#embed "../../site/assets/compose.js"
};
static const unsigned char icon_svg[] = {
#embed "../../site/assets/icon.svg"
};
static const unsigned char preview_png[] = {
#embed "../../site/assets/preview.png"
};
static const unsigned char strata_css[] = {
#embed "../../site/assets/strata.css"
};
static const unsigned char strata_js[] = {
#embed "../../site/assets/strata.js"
};
static const unsigned char advisories_schema_json[] = {
#embed "../../docs/api/advisories.schema.json"
};
static const unsigned char build_schema_json[] = {
#embed "../../docs/api/build.schema.json"
};
static const unsigned char changes_schema_json[] = {
#embed "../../docs/api/changes.schema.json"
};
static const unsigned char coverage_schema_json[] = {
#embed "../../docs/api/coverage.schema.json"
};
static const unsigned char days_schema_json[] = {
#embed "../../docs/api/days.schema.json"
};
static const unsigned char expiring_schema_json[] = {
#embed "../../docs/api/expiring.schema.json"
};
static const unsigned char index_schema_json[] = {
#embed "../../docs/api/index.schema.json"
};
static const unsigned char latest_schema_json[] = {
#embed "../../docs/api/latest.schema.json"
};
static const unsigned char layer_schema_json[] = {
#embed "../../docs/api/layer.schema.json"
};
static const unsigned char numbers_schema_json[] = {
#embed "../../docs/api/numbers.schema.json"
};
static const unsigned char region_schema_json[] = {
#embed "../../docs/api/region.schema.json"
};
static const unsigned char renovate_schema_json[] = {
#embed "../../docs/api/renovate.schema.json"
};
static const unsigned char shard_schema_json[] = {
#embed "../../docs/api/shard.schema.json"
};
static const unsigned char size_schema_json[] = {
#embed "../../docs/api/size.schema.json"
};
static const unsigned char status_schema_json[] = {
#embed "../../docs/api/status.schema.json"
};
static const unsigned char openapi_json[] = {
#embed "../../docs/api/openapi.json"
};
static const unsigned char template_yaml[] = {
#embed "../../deploy/template.yaml"
};
static const unsigned char state_machine_asl_json[] = {
#embed "../../deploy/state-machine.asl.json"
};
static const unsigned char actions_answer_action_yml[] = {
#embed "../../deploy/actions/answer/action.yml"
};
static const unsigned char actions_answer_post_py[] = {
#embed "../../deploy/actions/answer/post.py"
};
static const unsigned char actions_bump_action_yml[] = {
#embed "../../deploy/actions/bump/action.yml"
};
static const unsigned char actions_bump_propose_sh[] = {
#embed "../../deploy/actions/bump/propose.sh"
};
static const unsigned char actions_plan_action_yml[] = {
#embed "../../deploy/actions/plan/action.yml"
};
static const unsigned char actions_publish_action_yml[] = {
#embed "../../deploy/actions/publish/action.yml"
};
static const unsigned char actions_setup_action_yml[] = {
#embed "../../deploy/actions/setup/action.yml"
};
static const unsigned char actions_setup_install_sh[] = {
#embed "../../deploy/actions/setup/install.sh"
};
static const unsigned char workflows_publish_yml[] = {
#embed "../../deploy/workflows/publish.yml"
};
static const unsigned char workflows_plan_yml[] = {
#embed "../../deploy/workflows/plan.yml"
};
static const unsigned char workflows_answer_yml[] = {
#embed "../../deploy/workflows/answer.yml"
};
static const unsigned char gitlab_strata_gitlab_ci_yml[] = {
#embed "../../deploy/gitlab/strata.gitlab-ci.yml"
};
static const unsigned char user_strata_publish_service[] = {
#embed "../../deploy/user/strata-publish.service"
};
static const unsigned char user_strata_publish_timer[] = {
#embed "../../deploy/user/strata-publish.timer"
};
static const unsigned char user_strata_cron[] = {
#embed "../../deploy/user/strata.cron"
};
static const unsigned char known_hosts[] = {
#embed "../../keys/known_hosts"
};
static const unsigned char bytecode_py[] = {
#embed "../../probe/bytecode.py"
};
static const unsigned char imports_py[] = {
#embed "../../probe/imports.py"
};
static const unsigned char interpreter_py[] = {
#embed "../../probe/interpreter.py"
};
static const unsigned char sdist_py[] = {
#embed "../../probe/sdist.py"
};

#define FILE_AT(path, name) {path, name, sizeof name}
static const cresources_file files[] = {
    FILE_AT("site/templates/api.mustache", api_mustache),
    FILE_AT("site/templates/browse.mustache", browse_mustache),
    FILE_AT("site/templates/builds.mustache", builds_mustache),
    FILE_AT("site/templates/compose.mustache", compose_mustache),
    FILE_AT("site/templates/coverage.mustache", coverage_mustache),
    FILE_AT("site/templates/deprecations.mustache", deprecations_mustache),
    FILE_AT("site/templates/home.mustache", home_mustache),
    FILE_AT("site/templates/layer.mustache", layer_mustache),
    FILE_AT("site/templates/missing.mustache", missing_mustache),
    FILE_AT("site/templates/month.mustache", month_mustache),
    FILE_AT("site/templates/page.mustache", page_mustache),
    FILE_AT("site/templates/pickers.mustache", pickers_mustache),
    FILE_AT("site/templates/row.mustache", row_mustache),
    FILE_AT("site/templates/status.mustache", status_mustache),
    FILE_AT("site/assets/builds.js", builds_js),
    FILE_AT("site/assets/compose.js", compose_js),
    FILE_AT("site/assets/icon.svg", icon_svg),
    FILE_AT("site/assets/preview.png", preview_png),
    FILE_AT("site/assets/strata.css", strata_css),
    FILE_AT("site/assets/strata.js", strata_js),
    FILE_AT("docs/api/advisories.schema.json", advisories_schema_json),
    FILE_AT("docs/api/build.schema.json", build_schema_json),
    FILE_AT("docs/api/changes.schema.json", changes_schema_json),
    FILE_AT("docs/api/coverage.schema.json", coverage_schema_json),
    FILE_AT("docs/api/days.schema.json", days_schema_json),
    FILE_AT("docs/api/expiring.schema.json", expiring_schema_json),
    FILE_AT("docs/api/index.schema.json", index_schema_json),
    FILE_AT("docs/api/latest.schema.json", latest_schema_json),
    FILE_AT("docs/api/layer.schema.json", layer_schema_json),
    FILE_AT("docs/api/numbers.schema.json", numbers_schema_json),
    FILE_AT("docs/api/region.schema.json", region_schema_json),
    FILE_AT("docs/api/renovate.schema.json", renovate_schema_json),
    FILE_AT("docs/api/shard.schema.json", shard_schema_json),
    FILE_AT("docs/api/size.schema.json", size_schema_json),
    FILE_AT("docs/api/status.schema.json", status_schema_json),
    FILE_AT("docs/api/openapi.json", openapi_json),
    FILE_AT("deploy/template.yaml", template_yaml),
    FILE_AT("deploy/state-machine.asl.json", state_machine_asl_json),
    FILE_AT("deploy/actions/answer/action.yml", actions_answer_action_yml),
    FILE_AT("deploy/actions/answer/post.py", actions_answer_post_py),
    FILE_AT("deploy/actions/bump/action.yml", actions_bump_action_yml),
    FILE_AT("deploy/actions/bump/propose.sh", actions_bump_propose_sh),
    FILE_AT("deploy/actions/plan/action.yml", actions_plan_action_yml),
    FILE_AT("deploy/actions/publish/action.yml", actions_publish_action_yml),
    FILE_AT("deploy/actions/setup/action.yml", actions_setup_action_yml),
    FILE_AT("deploy/actions/setup/install.sh", actions_setup_install_sh),
    FILE_AT("deploy/workflows/publish.yml", workflows_publish_yml),
    FILE_AT("deploy/workflows/plan.yml", workflows_plan_yml),
    FILE_AT("deploy/workflows/answer.yml", workflows_answer_yml),
    FILE_AT("deploy/gitlab/strata.gitlab-ci.yml", gitlab_strata_gitlab_ci_yml),
    FILE_AT("deploy/user/strata-publish.service", user_strata_publish_service),
    FILE_AT("deploy/user/strata-publish.timer", user_strata_publish_timer),
    FILE_AT("deploy/user/strata.cron", user_strata_cron),
    FILE_AT("keys/known_hosts", known_hosts),
    FILE_AT("probe/bytecode.py", bytecode_py),
    FILE_AT("probe/imports.py", imports_py),
    FILE_AT("probe/interpreter.py", interpreter_py),
    FILE_AT("probe/sdist.py", sdist_py),
};

const cresources_file *cresources_at(size_t index) {
    return index < sizeof files / sizeof *files ? &files[index] : NULL;
}
