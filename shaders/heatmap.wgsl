// Lays a label map over a picture: each pixel in its label's colour, and the outline of what some labels cover together.

struct Place {
    // Where the whole picture lies, in points: left, top, right, bottom.
    rect: vec4<f32>,
    // Size of the area that is drawn into, in points.
    screen: vec2<f32>,
    // 1 where any label is outlined.
    outlines: u32,
    // 1 where the target stores linear light and takes sRGB by itself.
    linear_target: u32,
    // The labels that are outlined, a bit each.
    outlined: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<uniform> place: Place;
@group(0) @binding(1) var labels: texture_2d<u32>;
// One colour a label, with its opacity.
@group(0) @binding(2) var palette: texture_2d<f32>;

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) uv: vec2<f32>,
}

@vertex
fn vertex(@builtin(vertex_index) index: u32) -> Corner {
    let uv = vec2<f32>(f32(index & 1u), f32(index >> 1u));
    let point = mix(place.rect.xy, place.rect.zw, uv);
    let clip = point / place.screen * 2.0 - 1.0;
    return Corner(vec4<f32>(clip.x, -clip.y, 0.0, 1.0), uv);
}

fn label_at(uv: vec2<f32>) -> u32 {
    let size = vec2<f32>(textureDimensions(labels));
    let cell = clamp(uv * size, vec2<f32>(0.0), size - 1.0);
    return textureLoad(labels, vec2<u32>(cell), 0).r;
}

fn is_outlined(label: u32) -> bool {
    return ((place.outlined[label >> 7u][(label >> 5u) & 3u] >> (label & 31u)) & 1u) == 1u;
}

// Whether one of four neighbours at a distance in uv is on the other side of the edge of what is outlined.
fn at_edge(uv: vec2<f32>, reach: vec2<f32>, inside: bool) -> bool {
    let left = is_outlined(label_at(uv - vec2<f32>(reach.x, 0.0)));
    let right = is_outlined(label_at(uv + vec2<f32>(reach.x, 0.0)));
    let above = is_outlined(label_at(uv - vec2<f32>(0.0, reach.y)));
    let below = is_outlined(label_at(uv + vec2<f32>(0.0, reach.y)));
    return left != inside || right != inside || above != inside || below != inside;
}

fn to_target(color: vec3<f32>) -> vec3<f32> {
    if place.linear_target == 0u {
        return color;
    }
    let low = color / 12.92;
    let high = pow((color + 0.055) / 1.055, vec3<f32>(2.4));
    return select(high, low, color <= vec3<f32>(0.04045));
}

@fragment
fn fragment(corner: Corner) -> @location(0) vec4<f32> {
    let pixel = fwidth(corner.uv);
    let label = label_at(corner.uv);
    let color = textureLoad(palette, vec2<u32>(label, 0u), 0);
    if place.outlines != 0u {
        let inside = is_outlined(label);
        if inside && at_edge(corner.uv, pixel * 2.0, true) {
            return vec4<f32>(1.0);
        }
        // A dark line around the light one, so that it stands out from a bright picture too.
        if !inside && at_edge(corner.uv, pixel * 1.5, false) {
            return vec4<f32>(0.0, 0.0, 0.0, 1.0);
        }
    }
    return vec4<f32>(to_target(color.rgb) * color.a, color.a);
}
