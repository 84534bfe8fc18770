//! Draws a label map over a picture on the window's graphics device (`shaders/heatmap.wgsl`).

use std::sync::Arc;

use eframe::{
    egui_wgpu::{Callback, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor},
    wgpu,
};
use egui::{PaintCallbackInfo, Rect, Shape};

use crate::model::LabelMap;

/// What the shader's `Place` holds, in bytes.
const PLACE_BYTES: u64 = 64;

/// The pipeline and the one label map that is on the device.
struct Renderer {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    place: wgpu::Buffer,
    palette: wgpu::Texture,
    is_linear: bool,
    shown: Option<(Arc<LabelMap>, wgpu::BindGroup)>,
}

/// Builds the pipeline; once, when the window is made.
pub fn install(state: &RenderState) {
    let renderer = Renderer::new(&state.device, state.target_format);
    state.renderer.write().callback_resources.insert(renderer);
}

/// The label map over `rect`, `palette` being the colour of each label, and the outline of what some classes cover together.
/// To be added to a painter that is clipped to the panel, once a frame; `screen` is the whole window.
pub fn shape(
    labels: &Arc<LabelMap>,
    palette: [[u8; 4]; 256],
    classes: impl IntoIterator<Item = usize>,
    rect: Rect,
    screen: Rect,
) -> Shape {
    let mut outlined = [0; 8];
    for label in classes.into_iter().map(|class| class + 1) {
        outlined[label / 32 % 8] |= 1 << (label % 32);
    }
    Shape::Callback(Callback::new_paint_callback(
        screen,
        Layer { labels: Arc::clone(labels), palette, outlined, rect, screen },
    ))
}

struct Layer {
    labels: Arc<LabelMap>,
    palette: [[u8; 4]; 256],
    /// The labels that are outlined, a bit each.
    outlined: [u32; 8],
    rect: Rect,
    screen: Rect,
}

impl CallbackTrait for Layer {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let Some(renderer) = resources.get_mut::<Renderer>() else { return Vec::new() };
        queue.write_buffer(&renderer.place, 0, &self.place_bytes(renderer.is_linear));
        write_texture(queue, &renderer.palette, self.palette.as_flattened(), 4);
        if !renderer.shown.as_ref().is_some_and(|(shown, _)| Arc::ptr_eq(shown, &self.labels)) {
            let bound = renderer.bind(device, queue, &self.labels);
            renderer.shown = Some((Arc::clone(&self.labels), bound));
        }
        Vec::new()
    }

    fn paint(&self, _: PaintCallbackInfo, pass: &mut wgpu::RenderPass<'static>, resources: &CallbackResources) {
        let Some(renderer) = resources.get::<Renderer>() else { return };
        let Some((_, bound)) = &renderer.shown else { return };
        pass.set_pipeline(&renderer.pipeline);
        pass.set_bind_group(0, bound, &[]);
        pass.draw(0..4, 0..1);
    }
}

impl Layer {
    fn place_bytes(&self, is_linear: bool) -> Vec<u8> {
        let offset = self.screen.min.to_vec2();
        let (min, max) = (self.rect.min - offset, self.rect.max - offset);
        let numbers = [min.x, min.y, max.x, max.y, self.screen.width(), self.screen.height()];
        let flags = [u32::from(self.outlined != [0; 8]), u32::from(is_linear)];
        let numbers = numbers.iter().flat_map(|number| number.to_le_bytes());
        numbers.chain(flags.iter().chain(&self.outlined).flat_map(|bits| bits.to_le_bytes())).collect()
    }
}

impl Renderer {
    fn new(device: &wgpu::Device, format: wgpu::TextureFormat) -> Self {
        let shader = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("heatmap"),
            source: wgpu::ShaderSource::Wgsl(include_str!("../../../../shaders/heatmap.wgsl").into()),
        });
        let layout = layout(device);
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("heatmap"),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some("heatmap"),
            layout: Some(&pipeline_layout),
            vertex: wgpu::VertexState {
                module: &shader,
                entry_point: Some("vertex"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[],
            },
            fragment: Some(wgpu::FragmentState {
                module: &shader,
                entry_point: Some("fragment"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(wgpu::ColorTargetState {
                    format,
                    blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                    write_mask: wgpu::ColorWrites::ALL,
                })],
            }),
            primitive: wgpu::PrimitiveState {
                topology: wgpu::PrimitiveTopology::TriangleStrip,
                ..wgpu::PrimitiveState::default()
            },
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            multiview_mask: None,
            cache: None,
        });
        let place = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("heatmap place"),
            size: PLACE_BYTES,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let palette = texture(device, 256, 1, wgpu::TextureFormat::Rgba8Unorm);
        Self { pipeline, layout, place, palette, is_linear: format.is_srgb(), shown: None }
    }

    /// Brings a label map to the device and binds it with the rest.
    fn bind(&self, device: &wgpu::Device, queue: &wgpu::Queue, labels: &LabelMap) -> wgpu::BindGroup {
        let on_device = texture(device, labels.width, labels.height, wgpu::TextureFormat::R8Uint);
        write_texture(queue, &on_device, &labels.labels, 1);
        let view = |texture: &wgpu::Texture| texture.create_view(&wgpu::TextureViewDescriptor::default());
        let (labels, palette) = (view(&on_device), view(&self.palette));
        device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("heatmap"),
            layout: &self.layout,
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: self.place.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 1, resource: wgpu::BindingResource::TextureView(&labels) },
                wgpu::BindGroupEntry { binding: 2, resource: wgpu::BindingResource::TextureView(&palette) },
            ],
        })
    }
}

fn layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    let texture = |sample_type| wgpu::BindingType::Texture {
        sample_type,
        view_dimension: wgpu::TextureViewDimension::D2,
        multisampled: false,
    };
    let place = wgpu::BindingType::Buffer {
        ty: wgpu::BufferBindingType::Uniform,
        has_dynamic_offset: false,
        min_binding_size: None,
    };
    let palette = texture(wgpu::TextureSampleType::Float { filterable: false });
    let kinds = [place, texture(wgpu::TextureSampleType::Uint), palette];
    let entries: Vec<_> = kinds
        .into_iter()
        .zip(0..)
        .map(|(ty, binding)| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
            ty,
            count: None,
        })
        .collect();
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some("heatmap"), entries: &entries })
}

fn texture(device: &wgpu::Device, width: u32, height: u32, format: wgpu::TextureFormat) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some("heatmap"),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

fn write_texture(queue: &wgpu::Queue, texture: &wgpu::Texture, bytes: &[u8], bytes_per_pixel: u32) {
    let layout = wgpu::TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: Some(texture.width() * bytes_per_pixel),
        rows_per_image: None,
    };
    queue.write_texture(texture.as_image_copy(), bytes, layout, texture.size());
}
