// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsents} from "../../src/interfaces/IConsents.sol";
import {IProxies} from "../../src/interfaces/IProxies.sol";
import {ProxiesBase} from "../ProxiesBase.sol";
import {OwnedWallet} from "../Wallets.sol";

contract ProxiesTest is ProxiesBase {
    /// @dev `permitsByProxy` says no, and `checkByProxy` says why.
    function refuses(IConsents.Consent memory consent, IProxies.Link[] memory chain, bytes memory reason) private {
        bytes memory signature = signed(signerOf(chain), consents.digest(consent));
        isFalse(consents.permitsByProxy(consent, signature, chain, request()), "permitsByProxy");
        vm.expectRevert(reason);
        consents.checkByProxy(consent, signature, chain, request());
    }

    function refuses(IProxies.Link[] memory chain, bytes memory reason) private {
        refuses(terms(), chain, reason);
    }

    function allows(IProxies.Link[] memory chain) private view {
        bytes memory signature = signed(signerOf(chain), consents.digest(terms()));
        isTrue(consents.permitsByProxy(terms(), signature, chain, request()), "permitsByProxy");
        same(consents.checkByProxy(terms(), signature, chain, request()), consents.digest(terms()), "id");
    }

    function idOf(IProxies.Link memory link) private view returns (bytes32) {
        return consents.proxyDigest(link.terms);
    }

    function broader(bytes32 id, bytes32 within, uint32 a, uint16 b, uint32 c, uint16 d)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(IProxies.Proxies_Broader.selector, id, within, a, b, c, d);
    }

    function test_proxyDigest_isTheTypedDataHash() public view {
        IProxies.Proxy memory proxy = parentTerms();
        bytes32 typeHash = keccak256(
            "Proxy(address subject,uint32 epoch,uint32 index,address proxy,uint8 kind,bytes32 parent,uint32 categories,uint16 sensitive,uint32 purposes,uint16 actions,uint48 validFrom,uint48 validUntil,bytes32 salt)"
        );
        bytes32 structHash = keccak256(abi.encode(typeHash, proxy));
        same(consents.proxyDigest(proxy), typedDigest("Anamnesis Consents", address(consents), structHash), "digest");
    }

    function test_checkByProxy_allowsOneTwoAndThreeLinks() public view {
        allows(chainOf(1));
        allows(chainOf(2));
        allows(chainOf(3));
    }

    function test_checkByProxy_revertsIfNoneOrFourLinks() public {
        IProxies.Link[] memory chain = new IProxies.Link[](0);
        bytes memory signature = signed(mariaKey, consents.digest(terms()));
        vm.expectRevert(abi.encodeWithSelector(IProxies.Proxies_InvalidDepth.selector, 0));
        consents.checkByProxy(terms(), signature, chain, request());
        refuses(chainOf(4), abi.encodeWithSelector(IProxies.Proxies_InvalidDepth.selector, 4));
    }

    function test_checkByProxy_revertsIfTheSubjectDiffers() public {
        IProxies.Link[] memory chain = chainOf(1);
        chain[0].terms.subject = stranger;
        refuses(chain, abi.encodeWithSelector(IProxies.Proxies_WrongSubject.selector, idOf(chain[0]), stranger, maria));
    }

    function test_checkByProxy_revertsIfTheEpochEnded() public {
        IProxies.Link[] memory chain = chainOf(1);
        bytes32 id = idOf(chain[0]);
        vm.prank(maria);
        subjects.revokeAll(maria);
        IConsents.Consent memory consent = terms();
        refuses(
            consent,
            chain,
            abi.encodeWithSelector(IConsents.Consents_WrongEpoch.selector, consents.digest(consent), 0, 1)
        );
        consent.epoch = 1;
        refuses(consent, chain, abi.encodeWithSelector(IProxies.Proxies_WrongEpoch.selector, id, 0, 1));
    }

    function test_checkByProxy_revertsIfTheParentIsAnother() public {
        IProxies.Link[] memory chain = chainOf(2);
        bytes32 root = idOf(chain[0]);
        chain[0].terms.salt = keccak256("another salt");
        chain[0].signature = signed(mariaKey, idOf(chain[0]));
        refuses(
            chain, abi.encodeWithSelector(IProxies.Proxies_WrongParent.selector, idOf(chain[1]), root, idOf(chain[0]))
        );
        IProxies.Link[] memory short = new IProxies.Link[](1);
        short[0] = chain[1];
        refuses(short, abi.encodeWithSelector(IProxies.Proxies_WrongParent.selector, idOf(chain[1]), root, bytes32(0)));
    }

    function test_checkByProxy_revertsIfAnyLinkWasRemovedByTheSubject() public {
        for (uint32 i; i < 3; i++) {
            IProxies.Link[] memory chain = chainOf(3);
            for (uint256 j; j < 3; j++) {
                chain[j].terms.index = uint32(1000 + 10 * i + j);
            }
            resign(chain);
            allows(chain);
            uint32 index = chain[i].terms.index;
            vm.prank(maria);
            consents.revoke(maria, index);
            refuses(chain, abi.encodeWithSelector(IProxies.Proxies_Revoked.selector, idOf(chain[i]), maria, index));
        }
    }

    function test_checkByProxy_revertsIfTheProxyRemovedItsOwnLink() public {
        IProxies.Link[] memory chain = chainOf(3);
        bytes32 root = idOf(chain[0]);
        address space = consents.spaceOf(parent, root);
        vm.expectEmit(address(consents));
        emit IConsents.ConsentRevoked(space, chain[1].terms.index);
        vm.prank(parent);
        consents.revokeUnderProxy(root, chain[1].terms.index);
        refuses(
            chain,
            abi.encodeWithSelector(IProxies.Proxies_Revoked.selector, idOf(chain[1]), space, chain[1].terms.index)
        );
        allows(chainOf(1));
    }

    function test_checkByProxy_revertsIfTheConsentWasRefused() public {
        IProxies.Link[] memory chain = chainOf(1);
        bytes32 link = idOf(chain[0]);
        vm.prank(parent);
        consents.revokeUnderProxy(link, terms().index);
        bytes32 id = consents.digest(terms());
        refuses(
            chain,
            abi.encodeWithSelector(IProxies.Proxies_Revoked.selector, id, consents.spaceOf(parent, link), terms().index)
        );
        allows(chainOf(2));
        vm.prank(maria);
        consents.revoke(maria, terms().index);
        refuses(chainOf(2), abi.encodeWithSelector(IConsents.Consents_Revoked.selector, id, maria, terms().index));
    }

    function test_checkByProxy_revertsIfTheConsentIsBroader() public {
        IProxies.Link[] memory chain = chainOf(1);
        bytes32 link = idOf(chain[0]);
        IConsents.Consent memory consent = terms();
        consent.categories |= 0x40;
        refuses(consent, chain, broader(consents.digest(consent), link, 0x40, 0, 0, 0));
        consent = terms();
        consent.sensitive |= 0x20;
        refuses(consent, chain, broader(consents.digest(consent), link, 0, 0x20, 0, 0));
        consent = terms();
        consent.purposes |= 0x10;
        refuses(consent, chain, broader(consents.digest(consent), link, 0, 0, 0x10, 0));
        consent = terms();
        consent.actions |= 0x8;
        refuses(consent, chain, broader(consents.digest(consent), link, 0, 0, 0, 0x8));
    }

    function test_checkByProxy_revertsIfTheConsentIsLonger() public {
        IProxies.Link[] memory chain = chainOf(1);
        bytes32 link = idOf(chain[0]);
        IConsents.Consent memory consent = terms();
        consent.validFrom = FROM - 1;
        refuses(
            consent,
            chain,
            abi.encodeWithSelector(IProxies.Proxies_Longer.selector, consents.digest(consent), link, FROM, UNTIL)
        );
        consent = terms();
        consent.validUntil = UNTIL + 1;
        refuses(
            consent,
            chain,
            abi.encodeWithSelector(IProxies.Proxies_Longer.selector, consents.digest(consent), link, FROM, UNTIL)
        );
    }

    function test_checkByProxy_revertsIfALinkIsBroaderOrLonger() public {
        IProxies.Link[] memory chain = chainOf(3);
        chain[2].terms.categories |= 0x40;
        resign(chain);
        refuses(chain, broader(idOf(chain[2]), idOf(chain[1]), 0x40, 0, 0, 0));
        chain = chainOf(2);
        chain[1].terms.validUntil = UNTIL + 1;
        resign(chain);
        refuses(
            chain, abi.encodeWithSelector(IProxies.Proxies_Longer.selector, idOf(chain[1]), idOf(chain[0]), FROM, UNTIL)
        );
    }

    function test_checkByProxy_revertsIfALinkIsSignedByAnother() public {
        IProxies.Link[] memory chain = chainOf(2);
        chain[1].signature = signed(mariaKey, idOf(chain[1]));
        refuses(chain, abi.encodeWithSelector(IProxies.Proxies_InvalidSignature.selector, idOf(chain[1]), parent));
        chain = chainOf(1);
        chain[0].signature = signed(keyOf("parent"), idOf(chain[0]));
        refuses(chain, abi.encodeWithSelector(IProxies.Proxies_InvalidSignature.selector, idOf(chain[0]), maria));
    }

    function test_checkByProxy_revertsIfTheConsentIsSignedByAnother() public {
        IProxies.Link[] memory chain = chainOf(2);
        bytes32 id = consents.digest(terms());
        bytes memory signature = signed(keyOf("parent"), id);
        vm.expectRevert(abi.encodeWithSelector(IConsents.Consents_InvalidSignature.selector, id, carer));
        consents.checkByProxy(terms(), signature, chain, request());
        // What a proxy signs is never a consent of the controller.
        vm.expectRevert(abi.encodeWithSelector(IConsents.Consents_InvalidSignature.selector, id, maria));
        consents.check(terms(), signature, request());
    }

    function test_checkByProxy_revertsIfTheChainIsOfAnotherChainOrContract() public {
        IProxies.Link[] memory chain = chainOf(1);
        uint256 here = block.chainid;
        vm.chainId(77);
        refuses(chain, abi.encodeWithSelector(IProxies.Proxies_InvalidSignature.selector, idOf(chain[0]), maria));
        vm.chainId(here);
        bytes32 structHash = keccak256("another contract");
        chain[0].signature = signed(mariaKey, typedDigest("Anamnesis Consents", address(subjects), structHash));
        refuses(chain, abi.encodeWithSelector(IProxies.Proxies_InvalidSignature.selector, idOf(chain[0]), maria));
    }

    function test_checkByProxy_takesWalletsAndDelegatedAccounts() public {
        address wallet = address(new OwnedWallet(parent));
        IProxies.Link[] memory chain = chainOf(2);
        chain[0].terms.proxy = wallet;
        chain[0].signature = signedCompact(mariaKey, idOf(chain[0]));
        chain[1].terms.parent = idOf(chain[0]);
        chain[1].signature = signed(keyOf("parent"), idOf(chain[1]));
        vm.etch(carer, abi.encodePacked(hex"ef0100", address(subjects)));
        allows(chain);
    }

    function test_revokeUnderProxy_reachesNothingOfOthers() public {
        bytes32 link = idOf(chainOf(1)[0]);
        vm.prank(stranger);
        consents.revokeUnderProxy(link, terms().index);
        allows(chainOf(1));
        isFalse(consents.isRevoked(maria, terms().index), "the subject's own");
    }

    function test_revokeUnderProxyBySig_isCarriedByAnyone() public {
        bytes32 link = idOf(chainOf(1)[0]);
        bytes memory signature = signedCompact(keyOf("parent"), revokeUnderProxyDigest(link, 7));
        vm.prank(relayer);
        consents.revokeUnderProxyBySig(parent, link, 7, signature);
        isTrue(consents.isRevoked(consents.spaceOf(parent, link), 7), "refused");
    }

    function test_revokeUnderProxyBySig_revertsIfAnyPartDiffers() public {
        bytes32 link = idOf(chainOf(1)[0]);
        bytes memory signature = signed(keyOf("parent"), revokeUnderProxyDigest(link, 7));
        vm.expectRevert(abi.encodeWithSelector(IProxies.Proxies_InvalidRevocation.selector, link, 8, parent));
        consents.revokeUnderProxyBySig(parent, link, 8, signature);
        vm.expectRevert(
            abi.encodeWithSelector(IProxies.Proxies_InvalidRevocation.selector, keccak256("other"), 7, parent)
        );
        consents.revokeUnderProxyBySig(parent, keccak256("other"), 7, signature);
        vm.expectRevert(abi.encodeWithSelector(IProxies.Proxies_InvalidRevocation.selector, link, 7, carer));
        consents.revokeUnderProxyBySig(carer, link, 7, signature);
        vm.chainId(77);
        vm.expectRevert(abi.encodeWithSelector(IProxies.Proxies_InvalidRevocation.selector, link, 7, parent));
        consents.revokeUnderProxyBySig(parent, link, 7, signature);
    }
}
