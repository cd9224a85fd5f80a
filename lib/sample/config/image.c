#include "sample/config/image.h"

#include <string.h>

#include "sample/config/release.h"

enum { TAG_MAX = 40 };

/* Other distributions have other numbers. */
static bool is_collector(tk_str repository)
{
    static const char *const names[] = {"opentelemetry-collector", "opentelemetry-collector-contrib",
                                        "opentelemetry-collector-k8s"};
    tk_str last = repository;
    for (size_t i = 0; i < repository.n; i++)
        if (repository.p[i] == '/')
            last = (tk_str){repository.p + i + 1, repository.n - i - 1};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (tki_str_eq(last, tki_str(names[i])))
            return true;
    return false;
}

/* What stands behind the version, such as -amd64, does not count. */
static void take_tag(struct tki_image *image, tk_str tag, struct tki_pos pos)
{
    char text[TAG_MAX];
    size_t n = 0;
    while (n < tag.n && n < sizeof text - 1 && tag.p[n] != '-' && tag.p[n] != '@') {
        text[n] = tag.p[n];
        n++;
    }
    text[n] = '\0';
    const char *number = text + (text[0] == 'v');
    unsigned release = strncmp(number, "0.", 2) == 0 ? tki_release_parse(text) : 0;
    if (!release || image->several)
        return;
    if (image->release && image->release != release) {
        image->several = true;
        image->release = 0;
        return;
    }
    if (!image->release)
        *image = (struct tki_image){.release = release, .tag = tag, .pos = pos};
}

static void take_text(struct tki_image *image, const struct tki_yaml_node *node)
{
    tk_str text = tki_yaml_text(node);
    size_t colon = text.n, at = text.n;
    for (size_t i = 0; i < text.n; i++) {
        colon = text.p[i] == ':' ? i : text.p[i] == '/' ? text.n : colon; /* not that of a port */
        at = text.p[i] == '@' && at == text.n ? i : at;
        if (at < text.n)
            break;
    }
    if (colon < at && is_collector((tk_str){text.p, colon}))
        take_tag(image, (tk_str){text.p + colon + 1, at - colon - 1}, node->pos);
}

static void take_mapping(struct tki_image *image, const struct tki_yaml_node *node)
{
    const struct tki_yaml_node *repository = tki_yaml_get(node, "repository"), *tag = tki_yaml_get(node, "tag");
    if (tag && (tki_yaml_is_null(repository) || is_collector(tki_yaml_text(repository))))
        take_tag(image, tki_yaml_text(tag), tag->pos);
}

void tki_image_find(const struct tki_yaml_node *node, struct tki_image *image)
{
    for (uint32_t i = 0; node && node->kind != TKI_YAML_SCALAR && i < node->n; i++) {
        const struct tki_yaml_node *item = node->item[i];
        bool named = node->kind == TKI_YAML_MAP && TKI_STR_IS(node->key[i]->text, "image");
        if (named && item && item->kind == TKI_YAML_SCALAR)
            take_text(image, item);
        else if (named && tki_yaml_is_map(item))
            take_mapping(image, item);
        else
            tki_image_find(item, image);
    }
}
