"""A frozen reference, not an example of style: the smallest DCGAN with differentiable augmentation that works on a small folder.

python reference_dcgan.py FOLDER SIZE_64 MINUTES OUT [WIDTH] [COUNT] [SEED]     needs torch, numpy, pillow; CPU, two threads
It is what artgen's own recipes are measured against in the same minutes on the same folder. Hinge loss, Adam (0, 0.99),
2e-4 for the generator and 4e-4 for the discriminator, batch 32, spectral norm in the discriminator, EMA 0.995.
"""
import copy, pathlib, random, sys, time
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F
from PIL import Image

folder, S, minutes, out = pathlib.Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), pathlib.Path(sys.argv[4])
W = int(sys.argv[5]) if len(sys.argv) > 5 else 24
COUNT = int(sys.argv[6]) if len(sys.argv) > 6 else 1000
assert S == 64
B, Z = 32, 64
SEED = int(sys.argv[7]) if len(sys.argv) > 7 else 0
torch.manual_seed(SEED); random.seed(SEED); torch.set_num_threads(2)
pictures = []
for f in sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".png", ".jpg", ".jpeg", ".webp")):
    im = Image.open(f).convert("RGBA"); bg = Image.new("RGBA", im.size, (255,) * 4); bg.alpha_composite(im)
    m = min(bg.size); l, t = (bg.width - m) // 2, (bg.height - m) // 2
    pictures.append(np.array(bg.convert("RGB").crop((l, t, l + m, t + m)).resize((S, S), Image.LANCZOS)))
X = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1


def up(i, o): return nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(i, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU(True))
def down(i, o): return nn.Sequential(nn.utils.parametrizations.spectral_norm(nn.Conv2d(i, o, 4, 2, 1)), nn.LeakyReLU(.2, True))
G = nn.Sequential(nn.ConvTranspose2d(Z, W * 8, 4, bias=False), nn.BatchNorm2d(W * 8), nn.ReLU(True),
                  up(W * 8, W * 4), up(W * 4, W * 2), up(W * 2, W), up(W, W), nn.Conv2d(W, 3, 3, 1, 1), nn.Tanh())
D = nn.Sequential(down(3, W), down(W, W * 2), down(W * 2, W * 4), down(W * 4, W * 8), nn.Conv2d(W * 8, 1, 4))
G, D = G.to(memory_format=torch.channels_last), D.to(memory_format=torch.channels_last); E = copy.deepcopy(G)
og = torch.optim.Adam(G.parameters(), 2e-4, (0., .99), fused=True); od = torch.optim.Adam(D.parameters(), 4e-4, (0., .99), fused=True)


def augment(x):
    b, p, h = len(x), S // 8, S // 4
    x = x + (torch.rand(b, 1, 1, 1) - .5) * .4
    m = x.mean(1, keepdim=True); x = (x - m) * (torch.rand(b, 1, 1, 1) * 2) + m
    x = F.pad(x, (p,) * 4, value=1.); i, j = torch.randint(0, 2 * p + 1, (2, b))
    x = torch.stack([x[k, :, i[k]:i[k] + S, j[k]:j[k] + S] for k in range(b)])
    mask = torch.ones(b, 1, S, S)
    for k in range(b):
        a, c = random.randrange(S), random.randrange(S); mask[k, :, max(0, a - h):a + h, max(0, c - h):c + h] = 0
    return (x * mask).contiguous(memory_format=torch.channels_last)


start, n = time.time(), 0
while time.time() - start < minutes * 60:
    real = X[torch.randint(0, len(X), (B,))]; real = torch.where((torch.rand(B) < .5)[:, None, None, None], real.flip(3), real)
    fake = G(torch.randn(B, Z, 1, 1))
    loss = F.relu(1 - D(augment(real))).mean() + F.relu(1 + D(augment(fake.detach()))).mean(); od.zero_grad(); loss.backward(); od.step()
    loss = -D(augment(fake)).mean(); og.zero_grad(); loss.backward(); og.step()
    with torch.no_grad():
        for a, b in zip(E.parameters(), G.parameters()): a.lerp_(b, .005 if n > 200 else .5)
        for a, b in zip(E.buffers(), G.buffers()): a.copy_(b)
    n += 1
print(f"{n * B / (time.time() - start):.1f} img/s, {n} steps")
out.mkdir(parents=True, exist_ok=True)
with torch.no_grad():
    for k in range(0, COUNT, 50):
        y = ((E.eval()(torch.randn(50, Z, 1, 1)) + 1) * 127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()
        for i, im in enumerate(y[:COUNT - k]): Image.fromarray(im).save(out / f"{k + i:05d}.png")
