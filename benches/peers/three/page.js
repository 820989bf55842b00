// An avatar on a plane under one light, speaking and blinking: what a page with three.js and three-vrm draws.
//
// The picture is drawn and not shown: what a browser adds to show it is not counted. Animation frames are of no use here: without
// the browser's limit on their rate they are handed out faster than anything is drawn. So frames are drawn one after the
// other, once each waited for by reading one of its pixels, once with at most one more under way; the caller takes the better.
import * as THREE from 'three'
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js'
import { VRMLoaderPlugin, VRMUtils } from '@pixiv/three-vrm'

const wanted = new URL(location.href).searchParams
const number = (name) => Number(wanted.get(name))
const vector = (name) => new THREE.Vector3(...wanted.get(name).split(',').map(Number))

/** Frames that are drawn before any is counted: shaders are compiled, textures sent. */
const WARM_UP = 30

const width = number('width')
const height = number('height')
const seconds = number('seconds')

const renderer = new THREE.WebGLRenderer({ antialias: false })
renderer.setPixelRatio(1)
renderer.setSize(width, height)

const camera = new THREE.PerspectiveCamera(number('fov'), width / height, 0.1, 100)
camera.position.copy(vector('eye'))
camera.lookAt(vector('at'))

const scene = new THREE.Scene()
scene.background = new THREE.Color(0x0c1a24)
const light = new THREE.DirectionalLight(0xffffff, Math.PI)
light.position.set(0.35, 0.75, 0.6)
scene.add(light)
const plane = new THREE.Mesh(new THREE.PlaneGeometry(20, 20), new THREE.MeshLambertMaterial({ color: 0x8899a0 }))
plane.rotation.x = -Math.PI / 2
scene.add(plane)

const loader = new GLTFLoader()
loader.register((parser) => new VRMLoaderPlugin(parser))
const gltf = await loader.loadAsync('/avatar.vrm')
const vrm = gltf.userData.vrm
// What its guide tells everybody to do.
VRMUtils.rotateVRM0(vrm)
VRMUtils.removeUnnecessaryVertices(gltf.scene)
VRMUtils.combineSkeletons(gltf.scene)
VRMUtils.combineMorphs(vrm)
scene.add(vrm.scene)
// Outlines are drawn as the file has them, or left out: our least preset draws none either.
if (wanted.get('outlines') === 'no') {
  vrm.scene.traverse((object) => {
    if (!Array.isArray(object.material)) return
    object.material = object.material.find((material) => !material.isOutline)
    object.geometry.clearGroups()
  })
}
// It is always in the picture.
vrm.scene.traverse((object) => { object.frustumCulled = false })
for (const side of ['left', 'right']) {
  const arm = vrm.humanoid.getNormalizedBoneNode(`${side}UpperArm`)
  if (arm) arm.rotation.z = side === 'left' ? -1.2 : 1.2
}

let begun = performance.now()
let before = begun

function draw() {
  const now = performance.now()
  const t = (now - begun) / 1000
  vrm.expressionManager?.setValue('aa', Math.abs(Math.sin(t * 9)))
  vrm.expressionManager?.setValue('blink', Math.max(0, Math.sin(t * 2.1) * 8 - 7))
  const spine = vrm.humanoid.getNormalizedBoneNode('spine')
  if (spine) spine.rotation.y = Math.sin(t * 0.8) * 0.05
  vrm.update((now - before) / 1000)
  before = now
  renderer.render(scene, camera)
}

const gl = renderer.getContext()
const pixel = new Uint8Array(4)
function finish() {
  gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel)
}

/** Tells the server that what is measured begins or ends; it looks at the processor's time. */
const mark = async () => Number(await (await fetch('/mark', { method: 'POST' })).text())

async function measured(way) {
  const before = await mark()
  const result = await way()
  result.cpu_ms = (await mark() - before) / result.frames
  return result
}

function figures(times, elapsed) {
  times.sort((a, b) => a - b)
  const at = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))]
  return { frames: times.length, frames_per_sec: (times.length * 1000) / elapsed, p50_ms: at(0.5), p99_ms: at(0.99), slowest_ms: at(1) }
}

/** The browser's own work comes in between: only so does it notice what has been drawn. */
const channel = new MessageChannel()
const breath = () => new Promise((done) => {
  channel.port1.onmessage = done
  channel.port2.postMessage(null)
})

async function oneAhead() {
  const times = []
  const underWay = []
  finish()
  const start = performance.now()
  let last = start
  while (last - start < seconds * 1000) {
    draw()
    underWay.push(gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0))
    gl.flush()
    while (underWay.length > 1) {
      await breath()
      while (underWay.length && gl.getSyncParameter(underWay[0], gl.SYNC_STATUS) === gl.SIGNALED) {
        gl.deleteSync(underWay.shift())
      }
    }
    const now = performance.now()
    times.push(now - last)
    last = now
  }
  finish()
  return figures(times, performance.now() - start)
}

function waitedFor() {
  const times = []
  finish()
  const start = performance.now()
  let last = start
  while (last - start < seconds * 1000) {
    draw()
    finish()
    const now = performance.now()
    times.push(now - last)
    last = now
  }
  return figures(times, last - start)
}

for (let i = 0; i < WARM_UP; i++) {
  draw()
  finish()
}
const { calls, triangles } = renderer.info.render
const names = gl.getExtension('WEBGL_debug_renderer_info')
const result = {
  three: THREE.REVISION,
  renderer: gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER),
  draw_calls: calls,
  triangles,
  waited_for: await measured(waitedFor),
  one_ahead: await measured(oneAhead)
}
draw()
result.picture = renderer.domElement.toDataURL('image/png')
await fetch('/result', { method: 'POST', body: JSON.stringify(result) })
